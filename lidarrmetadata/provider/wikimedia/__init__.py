"""Wikidata, Wikipedia and Wikimedia Commons: texts and pictures that need no key."""
