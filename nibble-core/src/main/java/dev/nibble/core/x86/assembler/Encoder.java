package dev.nibble.core.x86.assembler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Encodes instructions: prefixes (REX, VEX, EVEX), ModRM, SIB, displacements. Intel 64 and IA-32 Architectures Software Developer's Manual,
 * volume 2, chapter 2.
 */
final class Encoder {
    private final List<Fixup> fixups = new ArrayList<>();
    private byte[] bytes = new byte[4096];
    private int size;

    /** A 32-bit distance to a label, from the end of its instruction. */
    private record Fixup(int at, int end, Label label) {}

    void u8(int value) {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
        bytes[size++] = (byte) value;
    }

    void bytes(int... values) {
        for (int value : values) {
            u8(value);
        }
    }

    void u32(int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            u8(value >> Byte.SIZE * i);
        }
    }

    int size() {
        return size;
    }

    /** All bytes, with the distances to labels filled in. */
    byte[] finished() {
        for (Fixup fixup : fixups) {
            int distance = fixup.label.position() - fixup.end;
            for (int i = 0; i < Integer.BYTES; i++) {
                bytes[fixup.at + i] = (byte) (distance >> Byte.SIZE * i);
            }
        }
        return Arrays.copyOf(bytes, size);
    }

    void registers(int opcode, Gpr reg, Gpr rm) {
        rex(1, reg.number(), rm.number());
        u8(opcode);
        u8(0xC0 | (reg.number() & 7) << 3 | rm.number() & 7);
    }

    void memory(int opcode, Gpr reg, Mem address) {
        rex(1, reg.number(), address, true);
        u8(opcode);
        address(reg.number(), address, 1, 0);
    }

    void immediate(int extension, Gpr target, int value) {
        rex(1, 0, target.number());
        boolean small = value == (byte) value;
        u8(small ? 0x83 : 0x81);
        u8(0xC0 | extension << 3 | target.number() & 7);
        if (small) {
            u8(value);
        } else {
            u32(value);
        }
    }

    void rex(int w, int reg, int rm) {
        u8(0x40 | w << 3 | reg >> 3 << 2 | rm >> 3);
    }

    void rex(int w, int reg, Mem address, boolean always) {
        int bits = w << 3 | reg >> 3 << 2 | address.index().number() >> 3 << 1 | address.base().number() >> 3;
        if (bits != 0 || always) {
            u8(0x40 | bits);
        }
    }

    /** @param after bytes of the instruction after the address */
    void vector(Instruction instruction, int bits, int reg, int vvvv, Operand rm, int after) {
        boolean evex = evex(instruction, bits, reg, vvvv, rm);
        if (evex && instruction.has == Instruction.Has.VEX) {
            throw new IllegalArgumentException(instruction + " takes registers 0 to 15 of 128 or 256 bits");
        }
        int base = switch (rm) {
            case Vec register -> register.number();
            case Mem address -> address.base().number();
        };
        int index = switch (rm) {
            case Vec register -> register.number() >> 1;
            case Mem address -> address.index().number();
        };
        if (evex) {
            evexPrefix(instruction, bits, reg, vvvv, base >> 3 & 1, index >> 3 & 1, rm instanceof Mem m && m.broadcast());
        } else {
            vexPrefix(instruction, bits, reg, vvvv, rm instanceof Vec ? 0 : index >> 3 & 1, base >> 3 & 1);
        }
        u8(instruction.opcode);
        switch (rm) {
            case Vec register -> u8(0xC0 | (reg & 7) << 3 | register.number() & 7);
            case Mem address -> address(reg, address, evex ? unit(instruction, bits, address) : 1, after);
        }
    }

    private static int unit(Instruction instruction, int bits, Mem address) {
        return address.broadcast() ? Integer.BYTES : instruction.reads.bytes(bits / Byte.SIZE);
    }

    private static boolean evex(Instruction instruction, int bits, int reg, int vvvv, Operand rm) {
        boolean needed = bits == 512 || reg >= 16 || vvvv >= 16 || switch (rm) {
            case Vec register -> register.number() >= 16 || register.bits() == 512;
            case Mem address -> address.broadcast();
        };
        return needed || instruction.has == Instruction.Has.EVEX;
    }

    private static int mapNumber(int map) {
        return switch (map) {
            case 0x0F -> 1;
            case 0x0F38 -> 2;
            case 0x0F3A -> 3;
            default -> throw new IllegalArgumentException("no map " + map);
        };
    }

    private static int prefixNumber(int prefix) {
        return switch (prefix) {
            case 0 -> 0;
            case 0x66 -> 1;
            case 0xF3 -> 2;
            case 0xF2 -> 3;
            default -> throw new IllegalArgumentException("no prefix " + prefix);
        };
    }

    private void vexPrefix(Instruction instruction, int bits, int reg, int vvvv, int x, int b) {
        int last = (~vvvv & 15) << 3 | (bits == 256 ? 4 : 0) | prefixNumber(instruction.prefix);
        if (instruction.map == 0x0F && instruction.vexW == 0 && x == 0 && b == 0) {
            u8(0xC5);
            u8((~reg >> 3 & 1) << 7 | last);
            return;
        }
        u8(0xC4);
        u8((~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | mapNumber(instruction.map));
        u8(instruction.vexW << 7 | last);
    }

    private void evexPrefix(Instruction instruction, int bits, int reg, int vvvv, int b, int x, boolean broadcast) {
        u8(0x62);
        u8((~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | (~reg >> 4 & 1) << 4 | mapNumber(instruction.map));
        u8(instruction.w << 7 | (~vvvv & 15) << 3 | 4 | prefixNumber(instruction.prefix));
        int length = bits == 512 ? 2 : bits == 256 ? 1 : 0;
        u8(length << 5 | (broadcast ? 1 << 4 : 0) | (~vvvv >> 4 & 1) << 3);
    }

    /**
     * ModRM, SIB and displacement.
     *
     * @param unit   factor of a displacement of 8 bits
     * @param after bytes of the instruction that follow
     */
    void address(int reg, Mem address, int unit, int after) {
        if (address.constant().isPresent()) {
            u8((reg & 7) << 3 | 5);
            int at = size;
            u32(0);
            fixups.add(new Fixup(at, at + Integer.BYTES + after - address.displacement(), address.constant().get()));
            return;
        }
        int base = address.base().number() & 7;
        boolean sib = address.indexed() || base == Gpr.RSP.number();
        int displacement = address.displacement();
        boolean small = displacement % unit == 0 && displacement / unit == (byte) (displacement / unit);
        int mode = displacement == 0 && base != Gpr.RBP.number() ? 0 : small ? 1 : 2;
        u8(mode << 6 | (reg & 7) << 3 | (sib ? 4 : base));
        if (sib) {
            u8(Integer.numberOfTrailingZeros(address.scale()) << 6 | (address.index().number() & 7) << 3 | base);
        }
        if (mode == 1) {
            u8(displacement / unit);
        } else if (mode == 2) {
            u32(displacement);
        }
    }

    void distance(Label target, int after) {
        int at = size;
        u32(0);
        fixups.add(new Fixup(at, at + Integer.BYTES + after, target));
    }
}
