"""Diagrams of a model in the sketch section of its Vensim file: read, laid out, written, drawn."""
