package dev.nibble.core.backend.x86;

import dev.nibble.core.Advice;
import dev.nibble.core.Setting;
import dev.nibble.core.UnsupportedException;
import dev.nibble.core.backend.x86.format.RowFormat;
import dev.nibble.core.backend.x86.format.RowFormats;
import dev.nibble.core.codec.Plain;
import dev.nibble.core.kernel.Backend;
import dev.nibble.core.kernel.MatMul;
import dev.nibble.core.kernel.Ops;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.Shape;
import dev.nibble.core.tensor.Tensor;
import dev.nibble.core.x86.machine.Machine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Computes with machine code for x86-64, fast from the first call on. Activations are rounded to 8 bits with a step for every 32 of them, so
 * results differ from exact ones by that rounding: at most half a step, 1/254 of the largest of the 32, for each activation. On AMX's tiles
 * activations and weights are rounded to BF16 instead, each by at most 2⁻⁹ of itself.
 */
public final class X86Backend implements Backend {
    private static final long ALIGNMENT = 64;

    private final Isa isa;
    private final Buffers buffers = new Buffers();
    private volatile Optional<KernelCache> kernels = Optional.empty();

    private X86Backend(Isa isa) {
        this.isa = isa;
    }

    /** With vectors of 512 bits, and tiles for many tokens. */
    public static X86Backend amx() {
        return new X86Backend(Isa.AMX);
    }

    /** With vectors of 512 bits. */
    public static X86Backend avx512() {
        return new X86Backend(Isa.AVX512);
    }

    /** With vectors of 256 bits. */
    public static X86Backend avx2() {
        return new X86Backend(Isa.AVX2);
    }

    @Override
    public String name() {
        return isa.backend();
    }

    @Override
    public boolean fits() {
        Machine machine = Machine.detected();
        if (machine.obstacle().isPresent()) {
            return machine.known() && isa == Isa.AVX512;
        }
        return isa == Isa.AMX ? machine.features().amx() : isa.in(machine.features());
    }

    @Override
    public Optional<String> obstacle() {
        Machine machine = Machine.detected();
        if (machine.obstacle().isPresent()) {
            return machine.obstacle();
        }
        if (isa.in(machine.features())) {
            return Optional.empty();
        }
        return Optional.of(isa == Isa.AMX && machine.features().amx()
                ? "the system does not let this process use AMX's tiles"
                : "the processor or the system does not have " + isa);
    }

    /** @throws UnsupportedException if this machine does not compute what the code says */
    private synchronized KernelCache kernels() {
        if (kernels.isEmpty()) {
            kernels = Optional.of(new KernelCache(Machine.detected().space().orElseThrow(), isa));
            if (!SelfTest.passes(this)) {
                throw new UnsupportedException(Advice.of("backend %s: a product of known numbers came out wrong on this processor;"
                        + " take %s, and report it", name(), Setting.BACKEND.of("vector")));
            }
        }
        return kernels.orElseThrow();
    }

    private MatMulKernels products() {
        return new MatMulKernels(kernels());
    }

    @Override
    public boolean roundsActivations(Codec codec) {
        return RowFormats.of(codec).isPresent() || isa == Isa.AMX && codec == Plain.BF16;
    }

    @Override
    public int manyTokens() {
        return isa == Isa.AMX ? AmxMatMul.MANY : Integer.MAX_VALUE;
    }

    @Override
    public Optional<MatMul> prepare(Tensor weight, Arena arena) {
        if (weight.rows() == 0 || weight.columns() == 0) {
            return Optional.empty();
        }
        if (FloatMatMul.knows(weight)) {
            Tensor stored = enough(weight, arena);
            FloatMatMul exact = new FloatMatMul(stored, Math.toIntExact(weight.rows()), Unpacking.of(weight.codec(), products(), arena),
                    products(), buffers);
            return Optional.of(isa == Isa.AMX && TileRows.areBfloats(stored)
                    ? onTiles(exact, TileRows.ofBfloats(stored, products()), stored)
                    : exact);
        }
        return RowFormats.of(weight.codec()).map(format -> matMul(weight, format, arena));
    }

    private MatMul matMul(Tensor weight, RowFormat format, Arena arena) {
        Tensor stored = enough(weight, arena);
        X86MatMul rounded = new X86MatMul(stored, Math.toIntExact(weight.rows()), format, products(), buffers);
        return isa == Isa.AMX ? onTiles(rounded, TileRows.ofCodes(stored, format, products(), buffers), stored) : rounded;
    }

    private MatMul onTiles(InTwoSteps few, TileRows rows, Tensor stored) {
        return new AmxMatMul(few, rows, Math.toIntExact(stored.rows()), products(), buffers);
    }

    /** The weight itself, or where it is on the heap or has few rows a copy, with rows of zeros at the end. */
    private static Tensor enough(Tensor weight, Arena arena) {
        if (weight.data().isNative() && weight.rows() >= Panel.ROWS) {
            return weight;
        }
        long rows = Math.max(Panel.ROWS, weight.rows());
        MemorySegment copy = arena.allocate(rows * weight.rowBytes(), ALIGNMENT);
        MemorySegment.copy(weight.data(), 0, copy, 0, weight.data().byteSize());
        return new Tensor(weight.codec(), Shape.of(rows, weight.columns()), copy);
    }

    @Override
    public Ops ops(Supplier<Ops> rest) {
        return new X86Ops(kernels(), buffers, rest);
    }
}
