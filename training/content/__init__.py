"""Files with a schema: YAML and Markdown read with line marks, and the frozen releases that are made of them."""
