"""Results as HTML pages that need nothing but a browser: no script, no resource from elsewhere."""
