use proptest::prelude::*;

use super::*;

fn read(format: Format, text: &str) -> Vec<Entry> {
    parse(format, text).expect("a readable file")
}

/// Keys and values, where a problem stands for the value.
fn pairs(format: Format, text: &str) -> Vec<(String, Result<String, EntryProblem>)> {
    read(format, text)
        .into_iter()
        .map(|one| {
            let value = one.value.unwrap_or_default().into_inner();
            (one.key, one.problem.map_or(Ok(value), Err))
        })
        .collect()
}

/// The value of the only entry, which must be A.
fn only(format: Format, text: &str) -> Result<String, EntryProblem> {
    let mut pairs = pairs(format, text);
    assert_eq!(pairs.len(), 1, "{text}");
    let (key, value) = pairs.remove(0);
    assert_eq!(key, "A", "{text}");
    value
}

fn value_of(text: &str) -> String {
    only(Format::Dotenv, text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
}

fn problem_of(text: &str) -> EntryProblem {
    only(Format::Dotenv, text).expect_err(text)
}

fn values(format: Format, text: &str) -> Vec<String> {
    let value = |(_, value): (_, Result<String, EntryProblem>)| value.expect("a value");
    pairs(format, text).into_iter().map(value).collect()
}

fn descriptions(text: &str) -> Vec<String> {
    let entries = read(Format::Dotenv, text).into_iter();
    entries.map(|one| one.description).collect()
}

mod dotenv {
    use super::*;

    #[test]
    fn values_stand_in_any_of_three_quotes_or_in_none() {
        for text in ["A=b c", "A='b c'", "A=\"b c\"", "A=`b c`", "  A =  'b c'  "] {
            assert_eq!(value_of(text), "b c", "{text}");
        }
    }

    #[test]
    fn quotes_inside_other_quotes_are_text() {
        assert_eq!(value_of(r#"A='say "hi"'"#), r#"say "hi""#);
        assert_eq!(value_of(r#"A="it's `it`""#), "it's `it`");
        assert_eq!(value_of(r#"A=`it's "it"`"#), r#"it's "it""#);
        assert_eq!(value_of(r#"A=it's "it""#), r#"it's "it""#);
    }

    #[test]
    fn escapes_count_between_double_quotes_only() {
        assert_eq!(value_of(r#"A="1\n2\t3\\n\"4\r""#), "1\n2\t3\\n\"4\r");
        assert_eq!(value_of(r#"A="\d\$x""#), r"\d\$x");
        assert_eq!(value_of(r"A='1\n2'"), r"1\n2");
        assert_eq!(value_of(r"A=`1\n2`"), r"1\n2");
        assert_eq!(value_of(r"A=1\n2\"), r"1\n2\");
        assert_eq!(value_of(r"A='C:\'"), r"C:\");
    }

    #[test]
    fn a_hash_is_a_comment_only_outside_quotes_and_behind_white_space() {
        assert_eq!(value_of("A='b # c' # d"), "b # c");
        assert_eq!(value_of("A=\"b # c\"# d"), "b # c");
        assert_eq!(value_of("A=b#c"), "b#c");
        assert_eq!(value_of("A=#b"), "#b");
        assert_eq!(value_of("A=b #c # d"), "b");
        assert_eq!(value_of("A=b\t# c"), "b");
        assert_eq!(value_of("A= # b"), "");
    }

    #[test]
    fn export_before_a_key_is_passed_over() {
        assert_eq!(value_of("export A=b"), "b");
        assert_eq!(value_of("  export\tA='b'"), "b");
        assert_eq!(pairs(Format::Dotenv, "export=b")[0].0, "export");
        assert_eq!(pairs(Format::Dotenv, "exported=b")[0].0, "exported");
    }

    #[test]
    fn line_breaks_are_those_of_any_system() {
        assert_eq!(values(Format::Dotenv, "A=b\rC=d"), ["b", "d"]);
        assert_eq!(
            values(Format::Dotenv, "A=b\r\nC='d'\r\n\r\nE=\"f\r\ng\"\r\n"),
            ["b", "d", "f\ng"]
        );
    }

    #[test]
    fn a_byte_order_mark_belongs_to_no_key() {
        assert_eq!(value_of("\u{FEFF}A=b"), "b");
    }

    #[test]
    fn quoted_values_go_over_several_lines() {
        for quote in ['\'', '"', '`'] {
            let text = format!("A={quote}b\n\n# c\nD=e\n{quote}\nF=g");
            assert_eq!(values(Format::Dotenv, &text), ["b\n\n# c\nD=e\n", "g"]);
            assert_eq!(read(Format::Dotenv, &text)[1].line, 6);
        }
    }

    #[test]
    fn pem_blocks_are_values_with_and_without_quotes() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMIIE+/==\nab=\n-----END PRIVATE KEY-----";
        for text in [format!("A={pem}\nB=c"), format!("A=\"{pem}\"\nB=c")] {
            assert_eq!(values(Format::Dotenv, &text), [pem, "c"]);
            assert_eq!(read(Format::Dotenv, &text)[1].line, 5);
        }
        let escaped = format!("A=\"{}\"", pem.replace('\n', "\\n"));
        assert_eq!(value_of(&escaped), pem);
        assert_eq!(
            value_of("A=-----BEGIN X----- b -----END X-----"),
            "-----BEGIN X----- b -----END X-----"
        );
    }

    #[test]
    fn values_may_be_empty() {
        for text in ["A=", "A=\n", "A=   ", "A=''", "A=\"\"", "A:"] {
            assert_eq!(value_of(text), "", "{text}");
        }
        assert_eq!(values(Format::Dotenv, "A=\nB=c"), ["", "c"]);
    }

    #[test]
    fn a_colon_separates_as_well() {
        assert_eq!(value_of("A: b"), "b");
        assert_eq!(value_of("A: 'b # c'"), "b # c");
        assert_eq!(value_of("A: b=c"), "b=c");
        assert_eq!(value_of("A=b: c"), "b: c");
    }

    #[test]
    fn equals_signs_in_values_are_text() {
        assert_eq!(value_of("A=b=c=="), "b=c==");
        assert_eq!(value_of("A==b"), "=b");
        assert_eq!(
            value_of("A=postgres://u:p@h:5432/d?x=y&z=$1"),
            "postgres://u:p@h:5432/d?x=y&z=$1"
        );
    }

    #[test]
    fn any_script_is_kept_as_it_is() {
        assert_eq!(value_of("A=grüße 日本 👩‍👩‍👧"), "grüße 日本 👩‍👩‍👧");
        assert_eq!(value_of("A='e\u{301}'"), "e\u{301}");
        assert_eq!(value_of("A=日本 # 注"), "日本");
    }

    #[test]
    fn nothing_is_expanded() {
        assert_eq!(value_of("A=${B}$(c)`d`{{E}}"), "${B}$(c)`d`{{E}}");
    }

    #[test]
    fn invalid_keys_are_marked_with_the_rule_they_break() {
        for key in ["1A", "A-B", "A B", "Ä", "__A", "QOVERY_A", ""] {
            let entries = read(Format::Dotenv, &format!("{key}=v\nGOOD=w"));
            let rule = VariableKey::parse(key).expect_err("an invalid key");
            assert_eq!(entries[0].problem, Some(EntryProblem::InvalidKey(rule)));
            assert_eq!(
                entries[0].problem.map(|it| it.sentence()).as_deref(),
                Some(rule.0)
            );
            assert_eq!((entries[0].key.as_str(), entries[1].problem), (key, None));
        }
    }

    #[test]
    fn a_line_without_a_value_is_marked() {
        assert_eq!(problem_of("A"), EntryProblem::NoValue);
        assert_eq!(problem_of("export A"), EntryProblem::NoValue);
        let stray = read(Format::Dotenv, "c2VjcmV0+/\nA=b");
        assert_eq!(
            (stray[0].key.as_str(), stray[0].problem),
            ("", Some(EntryProblem::NoValue))
        );
        assert_eq!(stray[1].line, 2);
    }

    #[test]
    fn an_open_quote_is_marked_together_with_how_far_it_goes() {
        for open in ["'b", "\"b", "`b", "\"b\\\"", "-----BEGIN X-----"] {
            let entries = read(Format::Dotenv, &format!("Z=1\nA={open}\nC=d\n\nE=f\n"));
            assert_eq!(entries.len(), 2, "{open}");
            assert_eq!((entries[1].line, entries[1].key.as_str()), (2, "A"));
            assert_eq!(
                entries[1].problem,
                Some(EntryProblem::Unclosed { last_line: 5 })
            );
            assert_eq!(entries[1].value, None);
        }
    }

    #[test]
    fn text_behind_a_closed_quote_is_marked_and_the_next_line_is_read() {
        let entries = read(Format::Dotenv, "A='it's'\nB=c");
        assert_eq!(entries[0].problem, Some(EntryProblem::TextAfterQuote));
        assert_eq!(
            (entries[0].value.as_ref(), entries[1].problem),
            (None, None)
        );
    }

    #[test]
    fn comments_directly_above_describe() {
        assert_eq!(
            descriptions("# One\n#two \n#  three\nA=b\nC=d"),
            ["One\ntwo\n three", ""]
        );
        assert_eq!(descriptions("# Licence\n\nA=b\n# behind"), [""]);
        assert_eq!(
            descriptions("A='b'\n  # The c\nexport C=d # inline"),
            ["", "The c"]
        );
    }

    #[test]
    fn long_comments_are_cut_and_unfit_ones_left_out() {
        let text = format!("# {}\nA=b\n# a\u{202E}b\nC=d", "é".repeat(300));
        assert_eq!(descriptions(&text), ["é".repeat(255), String::new()]);
    }

    #[test]
    fn a_commented_out_pair_stays_a_comment_and_describes_nothing() {
        assert_eq!(values(Format::Dotenv, "# A=1\n#B=2\nC=3"), ["3"]);
        for text in [
            "# The old one\n# A=hunter2\nC=3",
            "# A=\"-----BEGIN\n# MIIE\"\nC=3",
            "#export A=1\nC=3",
        ] {
            assert_eq!(descriptions(text), [""], "{text}");
        }
    }

    #[test]
    fn entries_know_their_lines() {
        let lines: Vec<u32> = read(Format::Dotenv, "\n# a\nA=1\n\r\nB='\n\n'\nC=-\nD")
            .iter()
            .map(|one| one.line)
            .collect();
        assert_eq!(lines, [3, 5, 8, 9]);
    }
}

mod all_formats {
    use super::*;

    #[test]
    fn the_format_is_recognized() {
        for (format, texts) in [
            (Format::Json, &["{}", "\u{FEFF} \n{\"A\": 1}", "[1]"][..]),
            (
                Format::Yaml,
                &[
                    "A: b",
                    "---\nA: b\n",
                    "# c\n\n\"A\": b=c",
                    "A: |\n  X=y\n",
                    "A:\n  - b",
                ],
            ),
            (
                Format::Dotenv,
                &[
                    "",
                    "A=b",
                    "A: b\nC=d",
                    "export A=b",
                    "# A: b",
                    "hello",
                    "A: b\nexport C=d",
                    "https://x: y",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(Format::detect(text), format, "{text}");
            }
        }
    }

    #[test]
    fn formats_have_one_code_and_label_each() {
        for format in Format::ALL {
            assert_eq!(format.code().parse(), Ok(format));
        }
        assert_eq!(Format::Dotenv.label(), ".env");
        assert!("XML".parse::<Format>().is_err());
    }

    #[test]
    fn every_occurrence_of_a_key_is_kept_and_the_later_ones_are_marked() {
        for (format, text) in [
            (Format::Dotenv, "A=1\nB=2\nA=3\nA='4'"),
            (
                Format::Json,
                "{\"A\": 1,\n\"B\": 2,\n\"A\": 3,\n\"A\": \"4\"}",
            ),
            (Format::Yaml, "A: 1\nB: 2\nA: 3\nA: '4'"),
        ] {
            let entries = read(format, text);
            let problems: Vec<_> = entries.iter().map(|one| one.problem).collect();
            let repeated = Some(EntryProblem::Repeated { first_line: 1 });
            assert_eq!(problems, [None, None, repeated, repeated], "{format}");
            let last = entries[3].value.as_ref().map(SubmittedValue::expose);
            assert_eq!((entries[3].line, last), (4, Some("4")), "{format}");
        }
    }

    #[test]
    fn values_that_cannot_be_saved_are_marked_and_left_out() {
        let long = "x".repeat(VALUE_LIMIT_BYTES + 1);
        for (text, problem) in [
            (format!("A={long}"), EntryProblem::TooLong),
            ("A=b\0".to_owned(), EntryProblem::ContainsNul),
        ] {
            let entry = &read(Format::Dotenv, &text)[0];
            assert_eq!((&entry.value, entry.problem), (&None, Some(problem)));
        }
        assert_eq!(value_of(&format!("A={}", &long[1..])), &long[1..]);
        assert_eq!(
            only(Format::Json, r#"{"A": "\u0000"}"#),
            Err(EntryProblem::ContainsNul)
        );
        assert_eq!(
            only(Format::Yaml, r#"A: "\0""#),
            Err(EntryProblem::ContainsNul)
        );
    }

    #[test]
    fn files_have_a_largest_size_and_a_largest_number_of_entries() {
        let entries =
            |count: usize| -> String { (0..count).map(|n| format!("K{n}: 1\n")).collect() };
        let members =
            |count: usize| -> String { (0..count).map(|n| format!(",\"K{n}\": 1")).collect() };
        for format in Format::ALL {
            let large = "A".repeat(IMPORT_LIMIT_BYTES + 1);
            assert_eq!(parse(format, &large), Err(ImportError::TooLarge));
            let text = |count| match format {
                Format::Json => format!("{{{}}}", &members(count)[1..]),
                Format::Dotenv | Format::Yaml => entries(count),
            };
            assert_eq!(read(format, &text(1_000)).len(), 1_000);
            assert_eq!(parse(format, &text(1_001)), Err(ImportError::TooMany));
        }
    }

    #[test]
    fn a_file_without_variables_says_so() {
        for (format, text) in [
            (Format::Dotenv, ""),
            (Format::Dotenv, "\u{FEFF}\n# A=b\r\n"),
            (Format::Json, "{}"),
            (Format::Yaml, ""),
            (Format::Yaml, "# a\n"),
            (Format::Yaml, "---\n"),
            (Format::Yaml, "{}"),
        ] {
            assert_eq!(parse(format, text), Err(ImportError::Nothing), "{text}");
        }
    }

    #[test]
    fn problems_have_sentences() {
        for problem in [
            EntryProblem::NoValue,
            EntryProblem::NotText,
            EntryProblem::TooLong,
            EntryProblem::ContainsNul,
            EntryProblem::TextAfterQuote,
            EntryProblem::Unclosed { last_line: 2 },
            EntryProblem::Repeated { first_line: 1 },
        ] {
            assert!(problem.sentence().ends_with('.'), "{problem:?}");
        }
    }
}

mod json {
    use super::*;

    #[test]
    fn numbers_and_booleans_are_kept_as_they_are_written() {
        let text =
            r#"{"A": "1", "B": 1.10, "C": 1E3, "D": true, "E": 12345678901234567890123, "F": ""}"#;
        assert_eq!(
            values(Format::Json, text),
            ["1", "1.10", "1E3", "true", "12345678901234567890123", ""]
        );
    }

    #[test]
    fn text_is_read_with_its_escapes() {
        assert_eq!(
            only(Format::Json, r#"{"\u0041": "\"b\"\n\ud83d\ude00"}"#),
            Ok("\"b\"\n😀".into())
        );
        assert_eq!(
            only(Format::Json, r#"{"A": "\ud83d"}"#),
            Err(EntryProblem::NoValue)
        );
    }

    #[test]
    fn values_that_are_no_text_are_marked_one_by_one() {
        let text = r#"{"A": {"B": 1}, "C": [1], "D": null, "E": 1}"#;
        let read: Vec<_> = pairs(Format::Json, text)
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        let no = || Err(EntryProblem::NotText);
        assert_eq!(read, [no(), no(), no(), Ok("1".into())]);
    }

    #[test]
    fn entries_stand_on_the_lines_of_their_values() {
        let entries = read(
            Format::Json,
            "\u{FEFF}{\r\n\r\n\"A\": 1, \"B\": 2,\n\"C\":\n3}",
        );
        assert_eq!(
            entries.iter().map(|one| one.line).collect::<Vec<_>>(),
            [3, 3, 5]
        );
    }

    #[test]
    fn what_is_no_object_is_refused_with_the_place_alone() {
        for (text, line, column) in [
            ("{\"A\": \"hunter2\",\n oops}", 2, 2),
            ("[\"hunter2\"]", 1, 1),
            ("{\"A\": 1} hunter2", 1, 10),
            ("{\"A\": 'hunter2'}", 1, 7),
        ] {
            let error = parse(Format::Json, text).expect_err(text);
            assert_eq!(
                error,
                ImportError::Malformed {
                    format: Format::Json,
                    line,
                    column
                }
            );
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn deep_nesting_does_no_harm() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let depth = 100_000;
            let text = format!("{{\"A\": {}1{}}}", open.repeat(depth), close.repeat(depth));
            assert_eq!(only(Format::Json, &text), Err(EntryProblem::NotText));
        }
    }
}

mod yaml {
    use super::*;

    #[test]
    fn plain_values_are_the_text_that_is_written() {
        let text = "---\nA: yes\nB: 1e3\nC: 007\nD: 0x1F # hex\nE: 2001-01-01\nF: 'null'\nG: \"~\"\nH: ''\n...\n";
        assert_eq!(
            values(Format::Yaml, text),
            ["yes", "1e3", "007", "0x1F", "2001-01-01", "null", "~", ""]
        );
    }

    #[test]
    fn quotes_and_blocks_are_read() {
        assert_eq!(
            only(Format::Yaml, "\"A\": \"b\\n\\x41\\u00e9\""),
            Ok("b\nAé".into())
        );
        assert_eq!(only(Format::Yaml, "A: 'it''s # b'"), Ok("it's # b".into()));
        assert_eq!(
            only(Format::Yaml, "A: |\n  b: c\n  d\n"),
            Ok("b: c\nd\n".into())
        );
        assert_eq!(only(Format::Yaml, "A: >-\n  b\n  c\n"), Ok("b c".into()));
        assert_eq!(only(Format::Yaml, "\u{FEFF}{A: b}"), Ok("b".into()));
    }

    #[test]
    fn values_that_are_no_text_are_marked_one_by_one() {
        let text = "A:\n  B: {c: d}\nC: [1, [2]]\nD: null\nE: ~\nF:\nG: 1\n";
        let read: Vec<_> = pairs(Format::Yaml, text).into_iter().collect();
        let keys: Vec<_> = read.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["A", "C", "D", "E", "F", "G"]);
        assert!(
            read[..5]
                .iter()
                .all(|(_, value)| *value == Err(EntryProblem::NotText))
        );
        assert_eq!(read[5].1, Ok("1".into()));
    }

    #[test]
    fn anchors_aliases_tags_and_second_documents_are_refused() {
        for (text, line) in [
            ("A: &a b", 1),
            ("A: 1\nB: &b [c]", 2),
            ("A: [&b c]", 1),
            ("&a A: b", 1),
            ("&a\nA: b", 1),
            ("A: &a b\nC: *a", 1),
            ("A: !!binary aGk=", 1),
            ("A: 1\nB: !x y", 2),
            ("!!map {A: b}", 1),
            ("A: 1\n---\nB: 2", 2),
        ] {
            assert_eq!(
                parse(Format::Yaml, text),
                Err(ImportError::NotPlain { line }),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_mapping_is_refused_with_the_place_alone() {
        for text in [
            "hunter2",
            "- hunter2",
            "A: 'hunter2",
            "A: hunter2\n B: c",
            "? [hunter2]\n: b",
            "A: b\nhunter2",
            "A: *hunter2",
            "A: b\0\nhunter2: c",
        ] {
            let error = parse(Format::Yaml, text).expect_err(text);
            assert!(
                matches!(
                    error,
                    ImportError::Malformed {
                        format: Format::Yaml,
                        ..
                    }
                ),
                "{text}: {error:?}"
            );
            assert!(!error.to_string().contains("hunter2"));
        }
        let at = ImportError::Malformed {
            format: Format::Yaml,
            line: 3,
            column: 3,
        };
        assert_eq!(parse(Format::Yaml, "A: b\nC: d\n- e"), Err(at));
    }

    #[test]
    fn deep_nesting_and_long_nonsense_take_no_more_than_their_length() {
        for piece in ["[", "{a: ", "- ", "? ", ": ", "a:\n ", "&a ", "'", "\t"] {
            for begin in ["", "A: ", "A:\n  "] {
                let text = format!("{begin}{}", piece.repeat(50_000));
                assert!(!said(&parse(Format::Yaml, &text)).is_empty());
            }
        }
    }
}

/// Text that is likely to mean something in one of the formats.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r#"[AB=:#'"`\\n \n\r\t{}\[\],&*!|>?%~\-\x00é]{0,80}"#,
        r#"(((export )?[AB_1-]{0,3}[ ]?(=|: ?)[ ]?['"`]?[a\\ #n=$]{0,6}['"`]?( #c)?|# ?[a=]{0,4})\r?\n){0,6}"#,
        r#"\{("[AB\\u]{0,3}" ?: ?("[a\\nu"]{0,5}"|[0-9]{1,3}|null|\[\]|\{\}),?\n?){0,5}\}"#,
    ]
}

/// Everything that an outcome may say where people or logs read it.
fn said(outcome: &Result<Vec<Entry>, ImportError>) -> String {
    let mut said = format!("{outcome:?}");
    match outcome {
        Ok(entries) => {
            said.extend(
                entries
                    .iter()
                    .filter_map(|one| one.problem.as_ref().map(EntryProblem::sentence)),
            );
        }
        Err(error) => said.push_str(&error.to_string()),
    }
    said
}

proptest! {
    #[test]
    fn reading_never_panics_and_every_entry_is_sound(text in texts()) {
        let _ = Format::detect(&text);
        for format in Format::ALL {
            for entry in parse(format, &text).unwrap_or_default() {
                prop_assert!(entry.line >= 1 && entry.line as usize <= text.split(['\n', '\r']).count());
                prop_assert!(entry.problem.is_some() || entry.value.is_some());
                prop_assert!(entry.problem.is_some() || VariableKey::parse(&entry.key).is_ok());
                prop_assert!(parse_variable_description(&entry.description).is_ok());
            }
        }
    }

    #[test]
    fn nothing_of_the_file_is_in_an_error_or_debug_output(before in texts(), after in texts()) {
        for format in Format::ALL {
            let outcome = parse(format, &format!("{before}canary{after}"));
            prop_assert!(!said(&outcome).contains("canary"));
        }
    }
}
