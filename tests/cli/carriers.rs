//! `trunktop carriers`, and the names of saved carriers in other commands.

use super::{Home, Stage, lines};
use crate::schema;

#[test]
fn a_carrier_is_added_listed_and_removed() {
    let home = Home::new();
    let empty = home.run("carriers list");
    assert_eq!((empty.code, empty.out.as_str(), empty.err.as_str()), (0, "", ""));
    let added = home.run("carriers add sips:trunk@Acme.Example:5062");
    assert_eq!(
        (added.code, added.out.as_str(), added.err.as_str()),
        (0, "acme.example  sips:trunk@acme.example:5062\n", "")
    );
    let added = home.run("carriers add flow.example --name flow --format json").document();
    assert_eq!((added["name"].as_str(), added["uri"].as_str()), (Some("flow"), Some("sip:flow.example")));
    let listed = home.run("carriers list");
    assert_eq!(listed.out, "acme.example  sips:trunk@acme.example:5062\nflow          sip:flow.example\n");
    let documents = home.run("carriers list --format json").documents();
    assert_eq!(lines(&documents.clone().into(), &["name"]), ["acme.example", "flow"]);
    schema::assert_strict(&documents[0]);

    home.run("carriers add flow.example --name flow").assert_failed(64, &["'flow' is saved already", "another name"]);
    assert_eq!(home.run("carriers remove acme.example").code, 0);
    home.run("carriers remove acme.example").assert_failed(64, &["no carrier named 'acme.example' is saved"]);
    assert_eq!(home.run("carriers list").out, "flow  sip:flow.example\n");
    for (arguments, words) in [
        (&["carriers", "add", "tel:1"][..], &["scheme 'tel:'"][..]),
        (&["carriers", "add", "a.example", "--name", ""], &["1 to 64 characters"]),
        (&["carriers", "add", "a.example", "--name", &"x".repeat(65)], &["1 to 64 characters"]),
        (&["carriers", "remove", ""], &["1 to 64 characters"]),
        (&["carriers", "add", "a b"], &["' ' cannot stand in a URI"]),
    ] {
        home.run_words(arguments.iter().copied()).assert_failed(64, words);
    }
}

#[test]
fn what_people_wrote_in_the_file_stays() {
    let home = Home::new();
    let written =
        "# by hand\n[[carrier]]\nname = \"acme\" # ours\nuri = \"sip:acme.example\"\ncontact = \"noc@acme.example\"\n";
    home.write("carriers.toml", written);
    assert_eq!(home.run("carriers add flow.example").code, 0);
    assert!(home.read("carriers.toml").starts_with(written), "{}", home.read("carriers.toml"));
    assert_eq!(home.run("carriers remove flow.example").code, 0);
    assert_eq!(home.read("carriers.toml"), written);
}

#[test]
fn a_broken_file_is_used_as_far_as_it_is_good_and_is_not_written() {
    let stage = Stage::steady();
    let home = stage.home();
    let written = "[[carrier]]\nname = \"acme\"\nuri = \"sip:acme.example\"\n\n[[carrier]]\nname = \"bad\"\nuri = \"tel:1\"\n\n[[carrier]\n";
    home.write("carriers.toml", written);
    let listed = home.run("carriers list");
    assert_eq!((listed.code, listed.out.as_str()), (0, "acme  sip:acme.example\n"));
    for words in ["carriers.toml:7: carrier 'bad': uri: scheme 'tel:'", "carriers.toml:9: "] {
        assert!(listed.err.contains(words), "{words}: {}", listed.err);
    }
    assert!(listed.err.lines().all(|line| line.starts_with("trunktop: ")), "{}", listed.err);
    for arguments in ["carriers add flow.example", "carriers remove acme"] {
        home.run(arguments).assert_failed(64, &["carriers.toml:", "not written until this is corrected"]);
    }
    assert_eq!(home.read("carriers.toml"), written);
    let ran = stage.run("resolve acme --format json");
    assert_eq!((ran.code, ran.documents()[0]["uri"].as_str()), (0, Some("sip:acme.example")));
    assert!(ran.err.contains("carriers.toml:7"), "{}", ran.err);
}

#[test]
fn names_of_saved_carriers_stand_for_what_is_saved() {
    let stage = Stage::steady();
    let file = |engine: &str| {
        format!(
            "[[carrier]]\nname = \"trunk\"\nuri = \"sip:nobody.example\"\nproxy = \"sip:acme.example\"\nengine = \"{engine}\"\n\
             transports = [\"udp\"]\nresolvers = [\"{}\"]\npops = [{{ name = \"east\", match = \"pop-us-east-*\" }}]\n",
            stage.resolver()
        )
    };
    stage.home().write("carriers.toml", &file("rfc3263"));
    let resolved = stage.home().run("resolve trunk --format json").document();
    assert_eq!(lines(&resolved["candidates"], &["transport", "target"])[0], "udp pop-us-east-1.acme.example");
    assert_eq!(resolved["resolver"], stage.resolver());
    let previewed = stage.home().run("preview trunk --fail pop:east --format json").document();
    assert_eq!(
        lines(&previewed["after"], &["pop", "share"]),
        ["east 0.0", "east 0.0", "pop-us-west-1.acme.example 1.0"]
    );
    let checked = stage.home().run("check trunk --format json");
    assert_eq!((lines(&checked.document()["results"], &["result"]), checked.code), (vec!["ok".to_owned(); 3], 0));
    assert_eq!(checked.document()["uri"], "sip:nobody.example");
    stage.home().write("carriers.toml", &file("smoke"));
    for command in ["resolve", "check", "preview"] {
        stage.home().run(&format!("{command} trunk")).assert_failed(64, &["engine 'smoke' is not known"]);
    }
    assert_eq!(stage.home().run("resolve trunk --engine rfc3263").code, 0);
}
