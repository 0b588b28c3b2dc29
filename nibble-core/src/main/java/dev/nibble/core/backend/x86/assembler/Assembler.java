package dev.nibble.core.backend.x86.assembler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes machine code. Vector instructions are encoded with VEX where they can be, with EVEX where they must: 512 bits, registers from 16 on,
 * or 32 bits of memory repeated.
 */
public final class Assembler {
    private static final int CONSTANT_ALIGNMENT = 64;
    private static final byte[] NOPS = {0x66, 0x0F, 0x1F, 0x44, 0, 0};

    private final Code code = new Code();
    private final List<Fixup> fixups = new ArrayList<>();
    private final Map<List<Byte>, Label> constants = new LinkedHashMap<>();

    /** A 32-bit distance to a label, from the end of its instruction. */
    private record Fixup(int at, int end, Label label) {}

    /** The finished code, constants behind it. */
    public byte[] finish() {
        constants.forEach((bytes, label) -> {
            while (code.size() % CONSTANT_ALIGNMENT != 0) {
                code.u8(0);
            }
            bind(label);
            bytes.forEach(b -> code.u8(b));
        });
        fixups.forEach(fixup -> code.setU32(fixup.at, fixup.label.position() - fixup.end));
        return code.bytes();
    }

    /** Bytes so far. */
    public int size() {
        return code.size();
    }

    /** Read-only bytes that go behind the code; the same bytes twice are one constant. */
    public Mem constant(byte... bytes) {
        List<Byte> key = new ArrayList<>(bytes.length);
        for (byte b : bytes) {
            key.add(b);
        }
        return Mem.constant(constants.computeIfAbsent(List.copyOf(key), any -> new Label()));
    }

    /** A constant of {@code count} equal bytes. */
    public Mem constantOf(int value, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        return constant(bytes);
    }

    public Label label() {
        return new Label();
    }

    public void bind(Label label) {
        label.bind(code.size());
    }

    /** A label at this place. */
    public Label here() {
        Label label = new Label();
        bind(label);
        return label;
    }

    /** Fills up with instructions that do nothing. */
    public void align(int bytes) {
        while (code.size() % bytes != 0) {
            int gap = Math.min(NOPS.length, bytes - code.size() % bytes);
            if (gap == NOPS.length) {
                code.bytes(NOPS);
            } else {
                code.u8(0x90);
            }
        }
    }

    // General registers

    public void mov(Gpr target, Gpr source) {
        registers(0x89, source, target);
    }

    public void mov(Gpr target, Mem source) {
        memory(0x8B, target, source);
    }

    public void mov(Mem target, Gpr source) {
        memory(0x89, source, target);
    }

    /** The register's 32 low bits are set and the others cleared. */
    public void mov(Gpr target, int value) {
        if (target.number() >= 8) {
            code.u8(0x41);
        }
        code.u8(0xB8 | target.number() & 7);
        code.u32(value);
    }

    public void mov(Gpr target, long value) {
        code.u8(0x48 | target.number() >> 3);
        code.u8(0xB8 | target.number() & 7);
        code.u32((int) value);
        code.u32((int) (value >> 32));
    }

    /** Loads 32 bits; the others are cleared. */
    public void mov32(Gpr target, Mem source) {
        rex(0, target.number(), source, false);
        code.u8(0x8B);
        address(target.number(), source, 1, 0);
    }

    public void mov32(Mem target, Gpr source) {
        rex(0, source.number(), target, false);
        code.u8(0x89);
        address(source.number(), target, 1, 0);
    }

    public void movzx8(Gpr target, Mem source) {
        extended(0xB6, target, source);
    }

    public void movzx16(Gpr target, Mem source) {
        extended(0xB7, target, source);
    }

    private void extended(int opcode, Gpr target, Mem source) {
        rex(0, target.number(), source, false);
        code.u8(0x0F);
        code.u8(opcode);
        address(target.number(), source, 1, 0);
    }

    public void lea(Gpr target, Mem source) {
        memory(0x8D, target, source);
    }

    public void add(Gpr target, Gpr source) {
        registers(0x01, source, target);
    }

    public void add(Gpr target, int value) {
        immediate(0, target, value);
    }

    public void and(Gpr target, int value) {
        immediate(4, target, value);
    }

    public void and(Gpr target, Gpr source) {
        registers(0x21, source, target);
    }

    public void or(Gpr target, Gpr source) {
        registers(0x09, source, target);
    }

    public void xor(Gpr target, Gpr source) {
        registers(0x31, source, target);
    }

    public void sub(Gpr target, Gpr source) {
        registers(0x29, source, target);
    }

    public void sub(Gpr target, int value) {
        immediate(5, target, value);
    }

    public void cmp(Gpr left, Gpr right) {
        registers(0x39, right, left);
    }

    public void cmp(Gpr left, int right) {
        immediate(7, left, right);
    }

    public void shl(Gpr target, int bits) {
        shift(4, target, bits);
    }

    public void shr(Gpr target, int bits) {
        shift(5, target, bits);
    }

    private void shift(int extension, Gpr target, int bits) {
        rex(1, 0, target.number());
        code.u8(0xC1);
        code.u8(0xC0 | extension << 3 | target.number() & 7);
        code.u8(bits);
    }

    public void imul(Gpr target, Gpr source) {
        rex(1, target.number(), source.number());
        code.u8(0x0F);
        code.u8(0xAF);
        code.u8(0xC0 | (target.number() & 7) << 3 | source.number() & 7);
    }

    public void push(Gpr register) {
        stack(0x50, register);
    }

    public void pop(Gpr register) {
        stack(0x58, register);
    }

    private void stack(int opcode, Gpr register) {
        if (register.number() >= 8) {
            code.u8(0x41);
        }
        code.u8(opcode | register.number() & 7);
    }

    public void ret() {
        code.u8(0xC3);
    }

    public void jmp(Label target) {
        code.u8(0xE9);
        distance(target, 0);
    }

    /** Jumps to where a register points. */
    public void jmp(Gpr target) {
        if (target.number() >= 8) {
            code.u8(0x41);
        }
        code.u8(0xFF);
        code.u8(0xE0 | target.number() & 7);
    }

    public void jump(Condition when, Label target) {
        code.u8(0x0F);
        code.u8(0x80 | when.code());
        distance(target, 0);
    }

    public void cpuid() {
        code.u8(0x0F);
        code.u8(0xA2);
    }

    public void xgetbv() {
        code.u8(0x0F);
        code.u8(0x01);
        code.u8(0xD0);
    }

    /** Asks for a line of memory, into all caches; an address that is not there does no harm. */
    public void prefetch(Mem address) {
        rex(0, 0, address, false);
        code.u8(0x0F);
        code.u8(0x18);
        address(1, address, 1, 0);
    }

    /** Clears the upper halves of all vector registers, which code without AVX would stumble over. */
    public void vzeroupper() {
        code.u8(0xC5);
        code.u8(0xF8);
        code.u8(0x77);
    }

    private void registers(int opcode, Gpr reg, Gpr rm) {
        rex(1, reg.number(), rm.number());
        code.u8(opcode);
        code.u8(0xC0 | (reg.number() & 7) << 3 | rm.number() & 7);
    }

    private void memory(int opcode, Gpr reg, Mem address) {
        rex(1, reg.number(), address, true);
        code.u8(opcode);
        address(reg.number(), address, 1, 0);
    }

    private void immediate(int extension, Gpr target, int value) {
        rex(1, 0, target.number());
        boolean small = value == (byte) value;
        code.u8(small ? 0x83 : 0x81);
        code.u8(0xC0 | extension << 3 | target.number() & 7);
        if (small) {
            code.u8(value);
        } else {
            code.u32(value);
        }
    }

    private void rex(int w, int reg, int rm) {
        code.u8(0x40 | w << 3 | reg >> 3 << 2 | rm >> 3);
    }

    private void rex(int w, int reg, Mem address, boolean always) {
        int bits = w << 3 | reg >> 3 << 2 | address.index().number() >> 3 << 1 | address.base().number() >> 3;
        if (bits != 0 || always) {
            code.u8(0x40 | bits);
        }
    }

    // Vector registers

    /** Target and source. */
    public void op(Instruction instruction, Vec target, Operand source) {
        require(instruction, Instruction.Form.TWO, Instruction.Form.LOAD);
        vector(instruction, target.bits(), target.number(), 0, source, 0);
    }

    /** Memory and source. */
    public void op(Instruction instruction, Mem target, Vec source) {
        require(instruction, Instruction.Form.STORE);
        vector(instruction, source.bits(), source.number(), 0, target, 0);
    }

    public void op(Instruction instruction, Vec target, Vec left, Operand right) {
        require(instruction, Instruction.Form.THREE);
        vector(instruction, target.bits(), target.number(), left.number(), right, 0);
    }

    /** Target, source and an immediate: bits to shift by, or an order. */
    public void op(Instruction instruction, Vec target, Operand source, int immediate) {
        if (instruction.form == Instruction.Form.SHIFT) {
            vector(instruction, target.bits(), instruction.extension, target.number(), source, 1);
        } else {
            require(instruction, Instruction.Form.TWO_BYTE);
            vector(instruction, target.bits(), target.number(), 0, source, 1);
        }
        code.u8(immediate);
    }

    public void op(Instruction instruction, Vec target, Vec left, Operand right, int immediate) {
        require(instruction, Instruction.Form.THREE_BYTE);
        vector(instruction, target.bits(), target.number(), left.number(), right, 1);
        code.u8(immediate);
    }

    /** Stores part of a vector, or moves it to another. */
    public void store(Instruction instruction, Operand target, Vec source, int immediate) {
        require(instruction, Instruction.Form.STORE_BYTE);
        vector(instruction, source.bits(), source.number(), 0, target, 1);
        code.u8(immediate);
    }

    /** Sets all bits to zero. */
    public void zero(Vec target) {
        if (target.number() < 16) {
            Vec narrow = target.as(128); // clears the rest as well
            op(Instruction.VPXOR, narrow, narrow, narrow);
        } else {
            op(Instruction.VPXOR, target, target, target);
        }
    }

    private static void require(Instruction instruction, Instruction.Form... forms) {
        if (!Arrays.asList(forms).contains(instruction.form)) {
            throw new IllegalArgumentException(instruction + " does not have such operands");
        }
    }

    /** @param behind bytes of the instruction behind the address */
    private void vector(Instruction instruction, int bits, int reg, int vvvv, Operand rm, int behind) {
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
        code.u8(instruction.opcode);
        switch (rm) {
            case Vec register -> code.u8(0xC0 | (reg & 7) << 3 | register.number() & 7);
            case Mem address -> address(reg, address, evex ? unit(instruction, bits, address) : 1, behind);
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
            code.u8(0xC5);
            code.u8((~reg >> 3 & 1) << 7 | last);
            return;
        }
        code.u8(0xC4);
        code.u8((~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | mapNumber(instruction.map));
        code.u8(instruction.vexW << 7 | last);
    }

    private void evexPrefix(Instruction instruction, int bits, int reg, int vvvv, int b, int x, boolean broadcast) {
        code.u8(0x62);
        code.u8((~reg >> 3 & 1) << 7 | (~x & 1) << 6 | (~b & 1) << 5 | (~reg >> 4 & 1) << 4 | mapNumber(instruction.map));
        code.u8(instruction.w << 7 | (~vvvv & 15) << 3 | 4 | prefixNumber(instruction.prefix));
        int length = bits == 512 ? 2 : bits == 256 ? 1 : 0;
        code.u8(length << 5 | (broadcast ? 1 << 4 : 0) | (~vvvv >> 4 & 1) << 3);
    }

    // Addresses

    /**
     * ModRM, SIB and displacement.
     *
     * @param unit   what a displacement of 8 bits is multiplied by
     * @param behind bytes of the instruction that follow
     */
    private void address(int reg, Mem address, int unit, int behind) {
        if (address.constant().isPresent()) {
            code.u8((reg & 7) << 3 | 5);
            int at = code.size();
            code.u32(0);
            fixups.add(new Fixup(at, at + Integer.BYTES + behind - address.displacement(), address.constant().get()));
            return;
        }
        int base = address.base().number() & 7;
        boolean sib = address.indexed() || base == Gpr.RSP.number();
        int displacement = address.displacement();
        boolean small = displacement % unit == 0 && displacement / unit == (byte) (displacement / unit);
        int mode = displacement == 0 && base != Gpr.RBP.number() ? 0 : small ? 1 : 2;
        code.u8(mode << 6 | (reg & 7) << 3 | (sib ? 4 : base));
        if (sib) {
            code.u8(Integer.numberOfTrailingZeros(address.scale()) << 6 | (address.index().number() & 7) << 3 | base);
        }
        if (mode == 1) {
            code.u8(displacement / unit);
        } else if (mode == 2) {
            code.u32(displacement);
        }
    }

    private void distance(Label target, int behind) {
        int at = code.size();
        code.u32(0);
        fixups.add(new Fixup(at, at + Integer.BYTES + behind, target));
    }

    /** Bytes that grow. */
    private static final class Code {
        private byte[] bytes = new byte[4096];
        private int size;

        void u8(int value) {
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, 2 * size);
            }
            bytes[size++] = (byte) value;
        }

        void bytes(byte... values) {
            for (byte value : values) {
                u8(value);
            }
        }

        void u32(int value) {
            u8(value);
            u8(value >> 8);
            u8(value >> 16);
            u8(value >> 24);
        }

        void setU32(int at, int value) {
            for (int i = 0; i < Integer.BYTES; i++) {
                bytes[at + i] = (byte) (value >> 8 * i);
            }
        }

        int size() {
            return size;
        }

        byte[] bytes() {
            return Arrays.copyOf(bytes, size);
        }
    }
}
