"""The certificate on paper: PDF with real text, the same bytes for the same facts."""
