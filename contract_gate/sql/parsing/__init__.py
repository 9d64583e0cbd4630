"""From text to sqlglot's statements: what separates them, what is hidden from its parser, what it is given in its own words."""
