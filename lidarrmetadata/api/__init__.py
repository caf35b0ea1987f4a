"""What a route means, whatever the transport.

Which sources are asked for a document, and what is made of their answers.
"""
