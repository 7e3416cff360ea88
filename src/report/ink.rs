//! How text is written: with or without colour, with lines or in plain ASCII.

use std::fmt;

/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ink {
    /// Whether escapes for colour may be written.
    pub color: bool,
    /// Whether line drawing may be written.
    pub unicode: bool,
}

/// Text in a style.
pub(super) struct Styled<'t> {
    text: &'t str,
    code: Option<&'static str>,
}

impl fmt::Display for Styled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "\x1b[{code}m{}\x1b[0m", self.text),
            None => f.write_str(self.text),
        }
    }
}

impl Ink {
    fn style<'t>(self, text: &'t str, code: &'static str) -> Styled<'t> {
        Styled { text, code: self.color.then_some(code) }
    }

    /// What matters most.
    pub(super) fn strong(self, text: &str) -> Styled<'_> {
        self.style(text, "1")
    }

    /// What is not used.
    pub(super) fn dim(self, text: &str) -> Styled<'_> {
        self.style(text, "2")
    }

    /// What is well.
    pub(super) fn good(self, text: &str) -> Styled<'_> {
        self.style(text, "32")
    }

    /// What is done otherwise elsewhere.
    pub(super) fn odd(self, text: &str) -> Styled<'_> {
        self.style(text, "33")
    }

    /// What is not.
    pub(super) fn bad(self, text: &str) -> Styled<'_> {
        self.style(text, "31")
    }

    /// The lines before a row of a tree.
    pub(super) fn guides(self, guides: &[bool], more: bool) -> String {
        let [through, blank, branch, last] =
            if self.unicode { ["│  ", "   ", "├─ ", "└─ "] } else { ["|  ", "   ", "|- ", "`- "] };
        // The roots stand side by side, without lines between them.
        let Some((_, inner)) = guides.split_first() else { return String::new() };
        let mut drawn: String = inner.iter().map(|&through_here| if through_here { through } else { blank }).collect();
        drawn.push_str(if more { branch } else { last });
        drawn
    }
}
