//! Typst's compiler with pages as its only output: what it links for web pages is not needed here, and large.
//! It must not know where a template comes from.

use std::sync::LazyLock;

use comemo::{Constraint, Track};
use typst_layout::PagedDocument;
use typst_library::diag::SourceResult;
use typst_library::engine::{Engine, Route, Sink, Traced};
use typst_library::foundations::{
    Module, NativeRuleMap, Output, Scope, StyleChain, Target, TargetElem,
};
use typst_library::introspection::{EmptyIntrospector, Introspector, MAX_ITERS};
use typst_library::routines::Routines;
use typst_library::{Library, LibraryBuilder, World};
use typst_syntax::Source;
use typst_utils::Protected;

/// The parts of the compiler that know each other by this table alone.
static ROUTINES: LazyLock<Routines> = LazyLock::new(|| Routines {
    rules: || {
        let mut rules = NativeRuleMap::new();
        typst_layout::register(&mut rules);
        rules
    },
    eval_string: typst_eval::eval_string,
    eval_closure: typst_eval::eval_closure,
    realize: typst_realize::realize,
    layout_frame: typst_layout::layout_frame,
    html_module: || Module::new("html", Scope::new()),
    html_mathml_body: |_, _| None,
    html_span_filled: |content, _| content,
});

/// All that a template may use.
pub(super) fn library() -> Library {
    LibraryBuilder::from_routines(&ROUTINES).build()
}

/// A template set in pages.
///
/// # Errors
/// What the template says wrong, each with its place.
pub(super) fn compile(world: &dyn World, template: &Source) -> SourceResult<PagedDocument> {
    let library = world.library();
    let (world, traced) = (world.track(), Traced::default());
    let content = typst_eval::eval(
        world,
        library,
        traced.track(),
        Sink::new().track_mut(),
        Route::default().track(),
        template,
    )?
    .content();
    let target = TargetElem::target.set(Target::Paged).wrap();
    let base = StyleChain::new(&library.styles);
    let styles = base.chain(&target);

    let (mut before, mut rounds) = (None::<PagedDocument>, 1);
    loop {
        let known: &dyn Introspector = match &before {
            Some(document) => Output::introspector(document),
            None => &EmptyIntrospector,
        };
        let asked = Constraint::new();
        let mut sink = Sink::new();
        let mut engine = Engine {
            library,
            world,
            introspector: Protected::new(known.track_with(&asked)),
            traced: traced.track(),
            sink: sink.track_mut(),
            route: Route::default(),
        };
        let document = PagedDocument::create(&mut engine, &content, styles)?;
        // What says "page 2 of 3" is set anew until there are as many pages as it was told. A template of a team's own may
        // never come to that; then the last is as good as any.
        if asked.validate(Output::introspector(&document)) || rounds == MAX_ITERS {
            let errors = sink.delayed();
            return if errors.is_empty() {
                Ok(document)
            } else {
                Err(errors)
            };
        }
        before = Some(document);
        rounds += 1;
    }
}
