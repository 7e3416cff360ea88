//! Each sentence that an operator may have to read aloud, and what was seen before it was said.

use crate::story::tell;

#[test]
fn each_situation_has_its_sentence() {
    tell("verdicts.story", 51);
}
