//! Every building block in every state, as one HTML page to look at.
fn main() {}
