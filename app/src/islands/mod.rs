//! The parts of a page that react in the browser. Everything here is compiled twice: rendered by the server,
//! brought to life by the browser.

pub mod probe;
