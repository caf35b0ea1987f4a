"""The built-in search index, made with tantivy."""
