"""The library that Borgerting's services and their partners share; it knows no service."""
