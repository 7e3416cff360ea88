//! `settings.toml`.

use std::fs;
use std::time::Duration;

use super::store;

#[test]
fn settings_have_a_theme_and_what_nobody_knows_is_named() {
    for (written, theme, trouble) in [
        ("theme = \"mono\"\nwhat = [1]\n", "mono", Some(2)),
        ("theme = \"mono\"\n", "mono", None),
        ("", "default", None),
        ("# nothing\ntheme = 1\n", "default", Some(2)),
        ("theme = mono\n", "default", Some(1)),
    ] {
        let (_home, store) = store();
        fs::write(store.places().settings(), written).unwrap();
        let (settings, found) = store.settings();
        assert_eq!(settings.theme.as_str(), theme);
        assert_eq!(found.first().and_then(|t| t.line), trouble, "{found:?}");
    }
}

#[test]
fn settings_say_how_often_answers_are_refreshed() {
    let seconds = Duration::from_secs;
    for (written, floor, ceiling, trouble) in [
        ("theme = \"mono\"\n[dns]\nrefresh_floor = \"10s\"\nrefresh_ceiling = \"1h\"\n", 10, 3600, None),
        (
            "[dns]\nrefresh_ceiling = \"2m\"\nrefresh_flor = \"9s\"\n",
            5,
            120,
            Some("3: dns: key 'refresh_flor' is not known, and does nothing; 'refresh_floor' is"),
        ),
        (
            "[dns]\n\nrefresh_floor = \"often\"\nrefresh_ceiling = \"2m\"\n",
            5,
            120,
            Some("3: dns: refresh_floor: 'often' is no time from 1s to 24h; write it as 30s or 2m"),
        ),
        (
            "[dns]\nrefresh_floor = \"0s\"\n",
            5,
            300,
            Some("2: dns: refresh_floor: '0s' is no time from 1s to 24h; write it as 30s or 2m"),
        ),
        ("[dns]\nrefresh_ceiling = \"3s\"\n", 5, 300, Some("2: dns: refresh_floor (5s) is above refresh_ceiling (3s)")),
        ("[dns]\nrefresh_floor = 5\n", 5, 300, Some("2: invalid type: integer `5`, expected a string")),
    ] {
        let (_home, store) = store();
        fs::write(store.places().settings(), written).unwrap();
        let (settings, found) = store.settings();
        assert_eq!((settings.refresh_floor, settings.refresh_ceiling), (seconds(floor), seconds(ceiling)), "{written}");
        let told: Vec<String> = found.iter().map(|t| format!("{}: {}", t.line.unwrap_or_default(), t.what)).collect();
        assert_eq!(told.first().map(String::as_str), trouble, "{written}");
    }
}

#[test]
fn settings_say_how_long_callers_wait() {
    for (written, patience, trouble) in [
        ("[preview]\npatience = \"20s\"\n", Some(20), None),
        ("[preview]\n", None, None),
        ("[preview]\npatience = \"soon\"\n", None, Some((2, "'soon' is no time"))),
        ("[preview]\npatince = \"20s\"\n", None, Some((2, "'patience' is"))),
    ] {
        let (_home, store) = store();
        fs::write(store.places().settings(), written).unwrap();
        let (settings, found) = store.settings();
        assert_eq!(settings.patience, patience.map(Duration::from_secs));
        let told = found.first().map(|known| (known.line, known.what.as_str().to_owned()));
        match trouble {
            None => assert_eq!(told, None),
            Some((line, what)) => assert!(told.is_some_and(|(at, said)| at == Some(line) && said.contains(what))),
        }
    }
}
