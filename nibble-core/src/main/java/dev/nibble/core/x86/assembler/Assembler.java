package dev.nibble.core.x86.assembler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes machine code. Vector instructions are encoded with VEX if possible, with EVEX if necessary: for 512 bits, registers from 16 on, or
 * 32 broadcast bits of memory.
 */
public final class Assembler {
    private static final int CONSTANT_ALIGNMENT = 64;
    private static final int TILE = 128; // width of tiles in the encoding
    private static final int[] NOPS = {0x66, 0x0F, 0x1F, 0x44, 0, 0};

    private final Encoder code = new Encoder();
    private final Map<List<Byte>, Label> constants = new LinkedHashMap<>();

    /** The finished code, followed by its constants. */
    public byte[] finish() {
        constants.forEach((bytes, label) -> {
            while (code.size() % CONSTANT_ALIGNMENT != 0) {
                code.u8(0);
            }
            bind(label);
            bytes.forEach(b -> code.u8(b));
        });
        return code.finished();
    }

    /** Bytes so far. */
    public int size() {
        return code.size();
    }

    /** Read-only bytes placed after the code; equal constants are shared. */
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

    /** Aligns the next instruction by inserting NOPs. */
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
        code.registers(0x89, source, target);
    }

    public void mov(Gpr target, Mem source) {
        code.memory(0x8B, target, source);
    }

    public void mov(Mem target, Gpr source) {
        code.memory(0x89, source, target);
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
        code.bytes(0x48 | target.number() >> 3, 0xB8 | target.number() & 7);
        code.u32((int) value);
        code.u32((int) (value >> 32));
    }

    public void mov32(Mem target, Gpr source) {
        code.rex(0, source.number(), target, false);
        code.u8(0x89);
        code.address(source.number(), target, 1, 0);
    }

    public void movzx8(Gpr target, Mem source) {
        extended(0xB6, target, source);
    }

    public void movzx16(Gpr target, Mem source) {
        extended(0xB7, target, source);
    }

    private void extended(int opcode, Gpr target, Mem source) {
        code.rex(0, target.number(), source, false);
        code.bytes(0x0F, opcode);
        code.address(target.number(), source, 1, 0);
    }

    public void lea(Gpr target, Mem source) {
        code.memory(0x8D, target, source);
    }

    public void add(Gpr target, Gpr source) {
        code.registers(0x01, source, target);
    }

    public void add(Gpr target, int value) {
        code.immediate(0, target, value);
    }

    public void and(Gpr target, int value) {
        code.immediate(4, target, value);
    }

    public void and(Gpr target, Gpr source) {
        code.registers(0x21, source, target);
    }

    public void or(Gpr target, Gpr source) {
        code.registers(0x09, source, target);
    }

    public void xor(Gpr target, Gpr source) {
        code.registers(0x31, source, target);
    }

    public void sub(Gpr target, Gpr source) {
        code.registers(0x29, source, target);
    }

    public void sub(Gpr target, int value) {
        code.immediate(5, target, value);
    }

    public void cmp(Gpr left, Gpr right) {
        code.registers(0x39, right, left);
    }

    public void cmp(Gpr left, int right) {
        code.immediate(7, left, right);
    }

    public void shl(Gpr target, int bits) {
        code.rex(1, 0, target.number());
        code.bytes(0xC1, 0xC0 | 4 << 3 | target.number() & 7, bits);
    }

    /** Counts the trailing zero bits. */
    public void tzcnt(Gpr target, Gpr source) {
        code.u8(0xF3);
        code.rex(1, target.number(), source.number());
        code.bytes(0x0F, 0xBC);
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
        code.distance(target, 0);
    }

    /** Jumps to the address in a register. */
    public void jmp(Gpr target) {
        if (target.number() >= 8) {
            code.u8(0x41);
        }
        code.bytes(0xFF, 0xE0 | target.number() & 7);
    }

    public void jump(Condition when, Label target) {
        code.bytes(0x0F, 0x80 | when.code());
        code.distance(target, 0);
    }

    public void cpuid() {
        code.bytes(0x0F, 0xA2);
    }

    public void xgetbv() {
        code.bytes(0x0F, 0x01, 0xD0);
    }

    /** Prefetches a cache line, into all caches; an invalid address is harmless. */
    public void prefetch(Mem address) {
        code.rex(0, 0, address, false);
        code.bytes(0x0F, 0x18);
        code.address(1, address, 1, 0);
    }

    /** Clears the upper halves of all vector registers, which would slow down code without AVX. */
    public void vzeroupper() {
        code.bytes(0xC5, 0xF8, 0x77);
    }

    // Vector registers

    /** Target and source. */
    public void op(Instruction instruction, Vec target, Operand source) {
        require(instruction, Instruction.Form.TWO, Instruction.Form.LOAD);
        code.vector(instruction, target.bits(), target.number(), 0, source, 0);
    }

    /** Memory and source. */
    public void op(Instruction instruction, Mem target, Vec source) {
        require(instruction, Instruction.Form.STORE);
        code.vector(instruction, source.bits(), source.number(), 0, target, 0);
    }

    public void op(Instruction instruction, Vec target, Vec left, Operand right) {
        require(instruction, Instruction.Form.THREE);
        code.vector(instruction, target.bits(), target.number(), left.number(), right, 0);
    }

    /** Target, source and an immediate: a shift count or a permutation. */
    public void op(Instruction instruction, Vec target, Operand source, int immediate) {
        if (instruction.form == Instruction.Form.SHIFT) {
            code.vector(instruction, target.bits(), instruction.extension, target.number(), source, 1);
        } else {
            require(instruction, Instruction.Form.TWO_BYTE);
            code.vector(instruction, target.bits(), target.number(), 0, source, 1);
        }
        code.u8(immediate);
    }

    public void op(Instruction instruction, Vec target, Vec left, Operand right, int immediate) {
        require(instruction, Instruction.Form.THREE_BYTE);
        code.vector(instruction, target.bits(), target.number(), left.number(), right, 1);
        code.u8(immediate);
    }

    /** Stores part of a vector, or moves it to another. */
    public void store(Instruction instruction, Operand target, Vec source, int immediate) {
        require(instruction, Instruction.Form.STORE_BYTE);
        code.vector(instruction, source.bits(), source.number(), 0, target, 1);
        code.u8(immediate);
    }

    /** The sign bits of a vector's 32-bit lanes, the first lane's lowest; for registers below 16, of up to 256 bits. */
    public void signs(Gpr target, Vec source) {
        code.vector(Instruction.VMOVMSKPS, source.bits(), target.number(), 0, source, 0);
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

    // Tiles

    /** Sets the shapes of all tiles from 64 bytes in memory. */
    public void tileShapes(Mem configuration) {
        code.vector(Instruction.LDTILECFG, TILE, 0, 0, configuration, 0);
    }

    /** Releases all tiles, so that the system need not save them for this thread. */
    public void tileRelease() {
        code.vector(Instruction.TILERELEASE, TILE, 0, 0, Vec.xmm(0), 0);
    }

    public void tileZero(Tile target) {
        code.vector(Instruction.TILEZERO, TILE, target.number(), 0, Vec.xmm(0), 0);
    }

    /** Loads rows from {@code base + displacement} on, with the index register as stride. */
    public void tileLoad(Tile target, Mem rows) {
        requireRows(rows);
        code.vector(Instruction.TILELOADD, TILE, target.number(), 0, rows, 0);
    }

    public void tileStore(Mem rows, Tile source) {
        requireRows(rows);
        code.vector(Instruction.TILESTORED, TILE, source.number(), 0, rows, 0);
    }

    /** {@code sums += left · right}: left rows of BF16, right pairs of rows, their BF16 side by side. */
    public void tileDot(Tile sums, Tile left, Tile right) {
        code.vector(Instruction.TDPBF16PS, TILE, sums.number(), right.number(), Vec.xmm(left.number()), 0);
    }

    private static void requireRows(Mem rows) {
        if (!rows.indexed()) {
            throw new IllegalArgumentException("rows of a tile need an index register, for their stride");
        }
    }

    private static void require(Instruction instruction, Instruction.Form... forms) {
        if (!Arrays.asList(forms).contains(instruction.form)) {
            throw new IllegalArgumentException(instruction + " does not have such operands");
        }
    }
}
