//! What reacts without a round trip. Everything else of a page is plain HTML.

pub mod forms;

pub use forms::Enhancer;
