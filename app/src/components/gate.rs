//! The pages in front of the gate: sign-in, set-up, invitation.

use super::Mark;
use leptos::prelude::*;

/// A form beside what Gatehouse answers; on a phone the form alone. The children are the form.
#[component]
pub fn Gate(
    /// The page's one heading.
    #[prop(into)]
    title: String,
    /// Under the heading.
    #[prop(optional, into)]
    intro: ViewFnOnce,
    /// Under the form: another way in.
    #[prop(optional, into)]
    foot: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="gate">
            <main class="gate-form" id="main">
                <div class="gate-column">
                    <header class="gate-head">
                        <Mark/>
                        <h1 class="gate-title" tabindex="-1">{title}</h1>
                        <div class="gate-intro">{intro.run()}</div>
                    </header>
                    {children()}
                    <div class="gate-foot">{foot.run()}</div>
                </div>
            </main>
            <aside class="gate-aside" aria-label="What Gatehouse answers">
                <ol class="gate-questions">
                    {QUESTIONS
                        .map(|(question, answer)| {
                            view! {
                                <li class="gate-question">
                                    <h2>{question}</h2>
                                    <p>{answer}</p>
                                </li>
                            }
                        })
                        .collect_view()}
                </ol>
            </aside>
        </div>
    }
    .into_any()
}

/// What the console is for, in the order of its rail.
const QUESTIONS: [(&str, &str); 3] = [
    (
        "Who may do what",
        "Roles per cluster and per environment type, effective on the next click.",
    ),
    (
        "What each application gets",
        "Variables and secrets, and where every value comes from.",
    ),
    (
        "Who did what",
        "A log that can be checked by people who do not trust you.",
    ),
];
