"""`python -m lidarrmetadata` is `lidarr-metadata`."""

from lidarrmetadata.cli import main

main()
