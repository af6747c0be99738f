//! All mutants of a file in one text: each function runs the body of the mutant that is switched on, or its own.
//!
//! A mutant that is compiled alone costs seconds, and there are thousands. Here a function becomes
//!
//! ```text
//! { match crate::switched_on(16) { 17 => { mutant 17 }, 18 => { mutant 18 }, _ => { what it was } } }
//! ```

use std::ops::Range;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, ReturnType, Signature, TraitItemFn};

use crate::list::Mutant;

/// A file with its mutants in it.
#[derive(Debug)]
pub struct Grafted {
    pub text: String,
    /// On which lines (from 1) of `text` the mutant with this number stands.
    pub lines: Vec<(usize, Range<usize>)>,
    /// In which function the mutant with this number is: the function has the number of its first mutant.
    pub bodies: Vec<(usize, usize)>,
    /// The numbers of the mutants that cannot be switched at run time: those of a constant, a `const fn`, and a function
    /// whose type of result is hidden, for then every body has a type of its own.
    pub apart: Vec<usize>,
}

/// Whether a text is one that was made here.
pub fn is_grafted(text: &str) -> bool {
    text.contains("match crate::switched_on(")
}

/// The mutants all belong to this file; each comes with its number.
pub fn graft(original: &str, mutants: &[(usize, &Mutant)]) -> syn::Result<Grafted> {
    let mut bodies = Bodies::default();
    bodies.visit_file(&syn::parse_file(original)?);
    let mut grafted = Grafted { text: String::new(), lines: Vec::new(), bodies: Vec::new(), apart: Vec::new() };
    let mut done = 0;
    let mut left: Vec<(usize, &Mutant)> = mutants.to_vec();
    for body in bodies.0 {
        let (inside, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(_, mutant)| body.contains(&mutant.offset(original)));
        left = others;
        let Some((first, _)) = inside.first() else { continue };
        grafted.text.push_str(&original[done..body.start]);
        grafted.bodies.extend(inside.iter().map(|(number, _)| (*number, *first)));
        grafted.function(original, &body, &inside, *first);
        done = body.end;
    }
    grafted.text.push_str(&original[done..]);
    grafted.apart = left.into_iter().map(|(number, _)| number).collect();
    Ok(grafted)
}

impl Grafted {
    fn function(&mut self, original: &str, body: &Range<usize>, mutants: &[(usize, &Mutant)], name: usize) {
        self.text.push_str(&format!("{{ match crate::switched_on({name}) {{\n"));
        for (number, mutant) in mutants {
            let changed = mutant.apply(original);
            let end = changed.len() - (original.len() - body.end);
            let first = self.text.matches('\n').count() + 1;
            self.text.push_str(&format!("{number} => {},\n", &changed[body.start..end]));
            self.lines.push((*number, first..self.text.matches('\n').count() + 1));
        }
        self.text.push_str(&format!("_ => {},\n}} }}", &original[body.clone()]));
    }
}

/// The bodies of the functions in which a mutant can be switched, the outermost ones, as bytes of the file.
#[derive(Default)]
struct Bodies(Vec<Range<usize>>);

impl Bodies {
    fn add(&mut self, signature: &Signature, block: &Block) {
        if signature.constness.is_none() && !is_hidden(&signature.output) {
            self.0.push(Span::byte_range(&block.span()));
        }
    }
}

impl<'ast> Visit<'ast> for Bodies {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(&function.sig, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.add(&function.sig, &function.block);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, block);
        }
    }
}

fn is_hidden(output: &ReturnType) -> bool {
    struct Hidden(bool);
    impl<'ast> Visit<'ast> for Hidden {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut hidden = Hidden(false);
    visit::visit_return_type(&mut hidden, output);
    hidden.0
}

#[cfg(test)]
#[path = "graft_tests.rs"]
mod tests;
