"""One module per technology behind the Store protocol."""
