//! Builds anew when a built-in lesson is added or changed.

fn main() {
    println!("cargo:rerun-if-changed=scenarios");
}
