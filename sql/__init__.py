"""SQL, one statement a file; read through `lidarrmetadata.statements`."""
