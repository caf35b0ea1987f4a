"""The sources of metadata: what they can be asked for, and one module or package for each."""
