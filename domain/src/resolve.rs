//! Which definition of a key a level ends up with: the narrowest scope wins.

use std::collections::BTreeMap;

use crate::Scope;

/// Anything that is defined under a key at a scope.
pub trait Defined {
    /// The key it is read by.
    fn key(&self) -> &str;
    /// Where it is defined.
    fn scope(&self) -> Scope;
}

/// One key as a level sees it.
#[derive(Debug, PartialEq, Eq)]
pub struct Resolved<T> {
    /// The definition that counts.
    pub winner: T,
    /// The wider definitions it hides, narrowest first: the first would appear if the winner went.
    pub hidden: Vec<T>,
}

/// Resolves every definition visible from one level. The result is in the order of keys.
#[must_use]
pub fn resolve<T: Defined>(visible: impl IntoIterator<Item = T>) -> Vec<Resolved<T>> {
    let mut by_key: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for definition in visible {
        by_key
            .entry(definition.key().to_owned())
            .or_default()
            .push(definition);
    }
    by_key
        .into_values()
        .filter_map(|mut definitions| {
            definitions.sort_by_key(|definition| std::cmp::Reverse(definition.scope()));
            let mut narrowest_first = definitions.into_iter();
            narrowest_first.next().map(|winner| Resolved {
                winner,
                hidden: narrowest_first.collect(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Defined for (String, Scope) {
        fn key(&self) -> &str {
            &self.0
        }
        fn scope(&self) -> Scope {
            self.1
        }
    }

    fn definitions() -> impl Strategy<Value = Vec<(String, Scope)>> {
        let scope = prop::sample::select(Scope::ALL.to_vec());
        prop::collection::hash_set(("[A-C]", scope), 0..12)
            .prop_map(|set| set.into_iter().collect())
    }

    proptest! {
        /// Against the simplest possible model: look through everything for the widest-to-narrowest last one.
        #[test]
        fn the_narrowest_scope_wins(all in definitions()) {
            let resolved = resolve(all.clone());
            for key in ["A", "B", "C"] {
                let expected = all.iter().filter(|(name, _)| name == key).map(|(_, scope)| *scope).max();
                let got = resolved.iter().find(|one| one.winner.0 == key);
                prop_assert_eq!(got.map(|one| one.winner.1), expected);
                let total = all.iter().filter(|(name, _)| name == key).count();
                prop_assert_eq!(got.map_or(0, |one| one.hidden.len() + 1), total);
            }
        }

        #[test]
        fn the_order_of_definitions_does_not_matter(all in definitions()) {
            let mut turned = all.clone();
            turned.reverse();
            prop_assert_eq!(resolve(all), resolve(turned));
        }
    }
}
