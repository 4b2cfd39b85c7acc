//! The migrations are compiled in; a changed one must be.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
