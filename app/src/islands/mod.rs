//! What reacts without a round trip. Everything else of a page is plain HTML.
//!
//! One island, [`Enhancer`], listens to the whole document, so that pages stay markup. What it does to which elements:
//!
//! | element | behaviour |
//! |---|---|
//! | `form[method=post][action^="/rpc/"]` | sent without leaving the page; errors beside the fields |
//! | `[data-copy="text"]`, `[data-copy-from="id"]` | a button that copies; `data-copy-name` is what it says it copied |
//! | `[data-reveal="id"]` | a button that shows what is typed into a masked control |
//! | `input[type=file][data-into="id"]` | puts the text of the file into that field |
//! | `[data-autosubmit]` | a control that sends its form when it is changed by mouse or touch |
//! | `[data-close="address"]` | a panel or dialog: focus goes in, Escape follows the address |
//! | `[data-guard]` | a form on a page whose changes are not left behind without asking; those of panels always are so |
//! | `[role=search] input` | focused by `/` |
//! | `a[data-palette]`, `#template-palette` | a link that opens the palette in the template, as Ctrl or Command with K does |

mod access_watch;
#[cfg(feature = "hydrate")]
mod autosubmit;
#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod copy;
mod enhancer;
#[cfg(feature = "hydrate")]
mod files;
#[cfg(feature = "hydrate")]
mod form_errors;
#[cfg(feature = "hydrate")]
mod forms;
#[cfg(feature = "hydrate")]
mod guard;
#[cfg(feature = "hydrate")]
mod keys;
#[cfg(feature = "hydrate")]
mod overlay;
#[cfg(feature = "hydrate")]
mod palette;
#[cfg(feature = "hydrate")]
mod reveal;
mod role_editor;
pub mod variables;

pub use access_watch::AccessWatch;
pub use enhancer::Enhancer;
pub use role_editor::RoleEditor;
