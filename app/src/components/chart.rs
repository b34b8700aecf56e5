//! Counts over time, small.

use leptos::prelude::*;

/// One bar of a [`Spark`] chart.
#[derive(Clone, Debug)]
pub struct Bar {
    /// How many.
    pub count: u64,
    /// The span of time and the count, on hover: "23 Nov, 09:00: 14 events".
    pub title: String,
    /// Whether it lies in the chosen range.
    pub chosen: bool,
    /// The same page narrowed to this bar.
    pub href: Option<String>,
}

/// Bars over the full width. Heights and places are SVG attributes in percent, so no style is written into the page.
#[component]
pub fn Spark(
    /// The chart in a sentence: "Events per hour, the last 20 hours, 312 in all".
    #[prop(into)]
    label: String,
    bars: Vec<Bar>,
) -> impl IntoView {
    let step = 100.0 / bars.len().max(1) as f64;
    let top = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1) as f64;
    let linked = bars.iter().any(|bar| bar.href.is_some());
    view! {
        <svg class="spark" role=if linked { "group" } else { "img" } aria-label=label>
            {bars.into_iter().enumerate().map(|(place, bar)| spark_bar(bar, place as f64 * step, step, top)).collect_view()}
        </svg>
    }
    .into_any()
}

fn spark_bar(bar: Bar, left: f64, step: f64, top: f64) -> AnyView {
    let height = if bar.count == 0 {
        0.0
    } else {
        (bar.count as f64 / top * 100.0).max(6.0)
    };
    let class = if bar.chosen {
        "spark-bar -chosen"
    } else {
        "spark-bar"
    };
    let (x, width) = (
        format!("{:.3}%", left + step * 0.08),
        format!("{:.3}%", step * 0.84),
    );
    let rect = view! {
        <rect class="spark-space" x=format!("{left:.3}%") y="0" width=format!("{step:.3}%") height="100%"></rect>
        <rect class=class x=x y=format!("{:.1}%", 100.0 - height) width=width height=format!("{height:.1}%") rx="2"></rect>
    };
    match bar.href {
        Some(href) => view! { <a href=href aria-label=bar.title.clone()><title>{bar.title.clone()}</title>{rect}</a> }.into_any(),
        None => view! { <g><title>{bar.title}</title>{rect}</g> }.into_any(),
    }
}
