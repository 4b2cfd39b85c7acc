//! The form that is open for somebody.

use super::Page;
use super::blocks::{Canvas, blocks, str, words};
use super::place::Place;
use crate::sandbox::Sandbox;
use crate::sandbox::workspace::fill;
use maud::{Markup, html};
use std::cell::RefCell;

/// The top modal of whoever looks, with what they typed, and errors beside their fields.
pub(super) fn modal(page: &Page, sandbox: &Sandbox, place: &Place) -> Markup {
    let Some(view) = sandbox.workspace.user(&place.who).modal() else {
        return html! {};
    };
    // What the client's own checks refused never reached the workspace: the page kept it.
    let refused = page.notes().refused.get(&place.who).cloned();
    let refused = refused.filter(|refused| refused.view_id == view.id);
    let shown = |block_id: &str, element: &_| {
        let typed = refused
            .as_ref()
            .and_then(|refused| refused.values.get(block_id).cloned());
        typed.or_else(|| fill::shown(&view.state_of(block_id, element)))
    };
    let errors = refused.as_ref().map_or(&view.errors, |refused| &refused.errors);
    let slip = page.notes().slips.get(&place.who).cloned();
    let scope = view.id.clone();
    let canvas = Canvas {
        reader: &view.reader,
        workspace: &sandbox.workspace,
        shown: &shown,
        errors,
        pressed: RefCell::default(),
        scope: &scope,
    };
    let close = &view.spec["close"];
    let close = if close.is_object() { words(close) } else { "Close" };
    let submit = str(&view.spec["submit"]["text"]);
    html! {
        dialog.modal open id=(format!("modal-{}", view.id)) aria-labelledby="modal-title" {
            form method="post" action="/do/modal" novalidate {
                input type="hidden" name="place" value=(place.query());
                // The first button of a form is the one that Enter presses.
                @if !submit.is_empty() {
                    button.nojs.quiet name="submit" value="1" tabindex="-1" aria-hidden="true" { (submit) }
                }
                header {
                    h2 id="modal-title" { (view.title()) }
                    button.close name="close" value="1" aria-label="Close" { "×" }
                }
                // Always there, so that a screen reader hears it change.
                p.slip role="alert" { @if let Some(slip) = slip { (slip) } }
                div.modal-body { (blocks(&canvas, view.blocks())) }
                footer {
                    button.button name="close" value="1" { (close) }
                    @if !submit.is_empty() { button.button.primary name="submit" value="1" { (submit) } }
                }
            }
        }
    }
}
