//! Copying text to the clipboard of whoever sits at the terminal, by OSC 52.
//!
//! The dashboard often runs at the far end of an SSH session: the clipboard is the terminal's, and the
//! terminal may be asked to fill it in the stream of what it draws. It does not answer, and some do not
//! obey. So what was copied is always shown as well: where it did not arrive, it can be typed or marked.

use std::io::{self, Write};

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;

use super::ui::Ui;
use super::update::Effect;

/// The most characters that are copied: with more, xterm drops all of it.
const MOST: usize = 50_000;

/// How what is written reaches the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passage {
    /// As it is.
    #[default]
    Direct,
    /// Through tmux: it takes the sequence itself where `set-clipboard` is `on`, and passes it on to the
    /// terminal, when it comes in an envelope, where `allow-passthrough` is. Either may be set: it gets both.
    Tmux,
}

/// Copies a line, and says so with the line itself.
pub(super) fn line(ui: &mut Ui, line: String) -> Effect {
    let said = format!("copied: {line}");
    text(ui, &said, line)
}

/// Copies a text, and says something of it.
pub(super) fn text(ui: &mut Ui, said: &str, text: String) -> Effect {
    ui.say(said);
    Effect::Copy(text)
}

/// Asks the terminal to take a text. Of control characters only the end of a line stays: a shell that the
/// text is pasted into could obey the others.
pub(super) fn write(to: &mut impl Write, passage: Passage, text: &str) -> io::Result<()> {
    let clean: String = text.chars().filter(|&c| c == '\n' || !c.is_control()).take(MOST).collect();
    let mut asked = Vec::new();
    queue!(asked, CopyToClipboard::to_clipboard_from(&clean))?;
    to.write_all(&asked)?;
    if passage == Passage::Tmux {
        to.write_all(b"\x1bPtmux;")?;
        for octet in asked {
            // Within the envelope each escape is doubled.
            to.write_all(if octet == 0x1b { b"\x1b\x1b" } else { std::slice::from_ref(&octet) })?;
        }
        to.write_all(b"\x1b\\")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(passage: Passage, text: &str) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes, passage, text).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_terminal_is_asked_to_take_it() {
        // base64 of `dig SRV acme.example`.
        let asked = "\x1b]52;c;ZGlnIFNSViBhY21lLmV4YW1wbGU=\x1b\\";
        assert_eq!(written(Passage::Direct, "dig SRV acme.example"), asked);
        let enveloped = asked.replace('\x1b', "\x1b\x1b");
        assert_eq!(written(Passage::Tmux, "dig SRV acme.example"), format!("{asked}\x1bPtmux;{enveloped}\x1b\\"));
    }

    #[test]
    fn nothing_that_a_shell_obeys_without_being_asked_is_copied() {
        // A bracketed paste ends at ESC [ 201 ~.
        assert_eq!(written(Passage::Direct, "a\x1b[201~\rb\n\u{9b}c\0"), written(Passage::Direct, "a[201~b\nc"));
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(written(Passage::Direct, &"x".repeat(MOST + 9)), written(Passage::Direct, &"x".repeat(MOST)));
    }
}
