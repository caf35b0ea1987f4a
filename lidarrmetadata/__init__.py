"""A drop-in metadata server for Lidarr."""

__version__ = "1.0.0.dev0"
