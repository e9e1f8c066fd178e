//! The program `plimsoll`: reads flags, wires the other crates together, writes results to standard output and
//! everything else to standard error. It decides nothing about images itself.

fn main() {}
