"""The shell of the pages: base templates, design system, errors, headers, languages."""
