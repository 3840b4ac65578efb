//! What is known of single opcodes: their names, and which restricted loaders read them.

/// What `torch/_weights_only_unpickler.py` reads. The opcodes of `Machine::step` that it refuses are few, and their
/// streams have protocol 4 opcodes that are listed here.
pub(super) fn allowed_by_weights_only(opcode: u8) -> bool {
    matches!(opcode, 0x80 | b'c' | 0x81 | b'R' | b'b' | b'Q' | 0x8A | b'U' | b'T' | b'B' | b'C' | 0x8F | 0x85..=0x87)
}

/// What a person calls an opcode that a restricted loader may refuse.
pub(super) fn name(opcode: u8) -> &'static str {
    match opcode {
        0x95 => "FRAME",
        0x93 => "STACK_GLOBAL",
        b'i' => "INST",
        b'o' => "OBJ",
        0x82..=0x84 => "EXT",
        0x92 => "NEWOBJ_EX",
        0x96 => "BYTEARRAY8",
        0x97 | 0x98 => "a buffer opcode",
        b'I' | b'L' | b'F' | b'S' | b'V' | b'p' | b'g' => "a text opcode of protocol 0",
        b'0' | b'1' | b'2' => "POP",
        b'P' => "PERSID",
        0x8B => "LONG4",
        0x8D | 0x8E => "an eight-byte length",
        b'l' | b'd' => "LIST or DICT",
        0x91 => "FROZENSET",
        _ => "an opcode",
    }
}
