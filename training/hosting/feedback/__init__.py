"""What people say of a session when it ends, and months later; nothing joins an answer with a person."""
