//! Two texts line by line: what was taken out, what was put in, and a little of what stayed around it.

use super::Change;

/// Unchanged lines shown before and after a change.
const AROUND: usize = 2;
/// Up to how many pairs of lines are compared; beyond, all of one text is told to give way to all of the other.
const COMPARED: usize = 250_000;
/// Longest line shown, in characters.
const LONG: usize = 500;
/// Most lines shown.
const MOST: usize = 200;

/// What makes `after` of `before`, ready to show.
#[must_use]
pub fn text_diff(before: &str, after: &str) -> Vec<(Change, String)> {
    let old: Vec<&str> = before.split('\n').collect();
    let new: Vec<&str> = after.split('\n').collect();
    let head = same(old.iter().zip(&new));
    let tail = same(old[head..].iter().rev().zip(new[head..].iter().rev()));
    let mut lines: Vec<(Change, &str)> = Vec::new();
    lines.extend(old[..head].iter().map(|line| (Change::Same, *line)));
    lines.extend(middle(
        &old[head..old.len() - tail],
        &new[head..new.len() - tail],
    ));
    lines.extend(
        old[old.len() - tail..]
            .iter()
            .map(|line| (Change::Same, *line)),
    );
    folded(&lines)
}

fn same<'a>(pairs: impl Iterator<Item = (&'a &'a str, &'a &'a str)>) -> usize {
    pairs.take_while(|(one, other)| one == other).count()
}

/// The part between what both begin and end with, by their longest common sequence of lines.
fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Change, &'a str)> {
    let removed = |line: &&'a str| (Change::Removed, *line);
    let added = |line: &&'a str| (Change::Added, *line);
    if old.len().saturating_mul(new.len()) > COMPARED {
        return old
            .iter()
            .map(removed)
            .chain(new.iter().map(added))
            .collect();
    }
    // longest[i][j]: how long the common sequence of old[i..] and new[j..] is.
    let mut longest = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i][j] = if old[i] == new[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            lines.push((Change::Same, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            lines.push((Change::Removed, old[i]));
            i += 1;
        } else {
            lines.push((Change::Added, new[j]));
            j += 1;
        }
    }
    lines.extend(old[i..].iter().map(removed));
    lines.extend(new[j..].iter().map(added));
    lines
}

/// The lines to show: what changed, what is around it, and how much is left out.
fn folded(lines: &[(Change, &str)]) -> Vec<(Change, String)> {
    let near = |index: usize| {
        let from = index.saturating_sub(AROUND);
        let to = (index + AROUND + 1).min(lines.len());
        lines[from..to]
            .iter()
            .any(|(change, _)| *change != Change::Same)
    };
    let mut shown = Vec::new();
    let mut left_out = 0;
    for (index, (change, line)) in lines.iter().enumerate() {
        if shown.len() >= MOST || !near(index) {
            left_out += 1;
            continue;
        }
        shown.extend(gap(left_out));
        left_out = 0;
        shown.push((*change, cut(line)));
    }
    shown.extend(gap(left_out));
    shown
}

fn gap(count: usize) -> Option<(Change, String)> {
    let text = match count {
        0 => return None,
        1 => "… 1 more line".to_owned(),
        many => format!("… {many} more lines"),
    };
    Some((Change::Same, text))
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> Vec<String> {
        let sign = |change| match change {
            Change::Added => '+',
            Change::Removed => '-',
            Change::Same => ' ',
        };
        text_diff(before, after)
            .into_iter()
            .map(|(change, line)| format!("{}{line}", sign(change)))
            .collect()
    }

    #[test]
    fn a_value_of_one_line_gives_way_to_another() {
        assert_eq!(told("8080", "9090"), ["-8080", "+9090"]);
        assert_eq!(told("", "x"), ["-", "+x"]);
    }

    #[test]
    fn a_line_break_at_the_end_is_a_difference() {
        assert_eq!(told("a", "a\n"), [" a", "+"]);
    }

    #[test]
    fn what_stayed_far_from_a_change_is_counted_only() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8";
        let after = "1\n2\n3\n4\nfive\n6\n7\n8";
        assert_eq!(
            told(before, after),
            [
                " … 2 more lines",
                " 3",
                " 4",
                "-5",
                "+five",
                " 6",
                " 7",
                " … 1 more line"
            ]
        );
    }

    #[test]
    fn lines_that_moved_are_taken_out_and_put_in() {
        assert_eq!(told("a\nb\nc", "b\nc\na"), ["-a", " b", " c", "+a"]);
    }

    #[test]
    fn very_long_texts_are_told_without_being_compared() {
        let before = "x\n".repeat(2_000);
        let after = "y\n".repeat(2_000);
        let lines = text_diff(&before, &after);
        assert_eq!(lines.len(), MOST + 1);
        assert!(
            lines
                .last()
                .is_some_and(|(_, line)| line.contains("more lines"))
        );
    }
}
