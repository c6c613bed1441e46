"""Full-text search over courses, labs, plugin cards and the glossary."""
