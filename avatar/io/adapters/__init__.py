"""Programs of the field, joined to the companion through events: each file translates one, and opens nothing."""
