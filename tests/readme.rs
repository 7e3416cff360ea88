//! README says what the program does.

use trunktop::tui;

/// The table of keys is made by the program; after a change of keys, put there what this prints.
#[test]
fn the_keys_are_those_of_the_program() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("<!-- keys: kept equal to the program's table by a test -->\n").unwrap();
    let (table, _) = rest.split_once("<!-- /keys -->").unwrap();
    assert!(
        table == tui::markdown(),
        "README has other keys than the program; these are the program's:\n{}",
        tui::markdown()
    );
}
