"""Documents, declarations and execution: knows GraphQL, and nothing about learning."""
