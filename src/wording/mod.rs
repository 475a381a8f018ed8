//! Explanations put into words through the message catalogues, for pages and exports alike.
