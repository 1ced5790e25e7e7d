"""The program: rules' rows as arrays, made smaller and scaled before any engine sees them."""
