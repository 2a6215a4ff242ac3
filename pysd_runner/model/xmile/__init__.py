"""XMILE: the common file format of Stella and other tools, read into the shared graph."""
