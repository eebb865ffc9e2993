"""What is made from the language's schema and the template fragments: schemas for editors, and docs/templates.md."""
