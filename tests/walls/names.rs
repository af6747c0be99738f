//! The names that a source uses: every path in it, with groups taken apart and `super` resolved. Comments and strings have none.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Every path of the source, such as `crate::api::Reason` or `async` (a path of one).
pub fn paths(path: &str, text: &str) -> Vec<Vec<String>> {
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut found = Vec::new();
    walk(&tokens.into_iter().collect::<Vec<_>>(), &module(path), &mut found);
    found
}

/// The module that a file is: `src/core/plan.rs` is `core::plan`. Files that `#[path]` puts elsewhere are near enough.
fn module(path: &str) -> Vec<String> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

fn walk(tokens: &[TokenTree], module: &[String], found: &mut Vec<Vec<String>>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(_) => {
                if let Some((name, body)) = inline_module(&tokens[at..]) {
                    let inner: Vec<TokenTree> = body.into_iter().collect();
                    walk(&inner, &[module, &[name]].concat(), found);
                    at += 3;
                } else {
                    at += path_from(&tokens[at..], &[], module, found);
                }
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                walk(&inner, module, found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// `mod name { body }`.
fn inline_module(tokens: &[TokenTree]) -> Option<(String, TokenStream)> {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
            if word == "mod" && body.delimiter() == Delimiter::Brace =>
        {
            Some((name.to_string(), body.stream()))
        }
        _ => None,
    }
}

/// Reads the path that starts here and gives the number of tokens it takes.
fn path_from(tokens: &[TokenTree], start: &[String], module: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = start.to_vec();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) => path.push(name.to_string()),
            Some(TokenTree::Group(group)) if at > 0 && group.delimiter() == Delimiter::Brace => {
                group_from(&group.stream().into_iter().collect::<Vec<_>>(), &path, module, found);
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !is_colons(&tokens[at..]) {
            break;
        }
        at += 2;
    }
    found.push(resolved(path, module));
    at.max(1)
}

/// `{a, b::c}` after a path.
fn group_from(tokens: &[TokenTree], start: &[String], module: &[String], found: &mut Vec<Vec<String>>) {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
    for item in tokens.split(is_comma).filter(|item| !item.is_empty()) {
        path_from(item, start, module, found);
    }
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ':');
    tokens.len() > 1 && tokens[..2].iter().all(is_colon)
}

/// `super` and `self` at the start become `crate::…`.
fn resolved(mut path: Vec<String>, module: &[String]) -> Vec<String> {
    if path.len() < 2 || !matches!(path[0].as_str(), "self" | "super") {
        return path;
    }
    let mut base = module.to_vec();
    while matches!(path.first().map(String::as_str), Some("self" | "super")) {
        if path.remove(0) == "super" {
            base.pop();
        }
    }
    [vec!["crate".to_owned()], base, path].concat()
}
