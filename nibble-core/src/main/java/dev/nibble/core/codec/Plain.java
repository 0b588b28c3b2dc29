package dev.nibble.core.codec;

import static dev.nibble.core.tensor.LittleEndian.DOUBLE;
import static dev.nibble.core.tensor.LittleEndian.FLOAT;
import static dev.nibble.core.tensor.LittleEndian.INT;
import static dev.nibble.core.tensor.LittleEndian.LONG;
import static dev.nibble.core.tensor.LittleEndian.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.nibble.core.tensor.BFloat16;
import dev.nibble.core.tensor.Block;
import dev.nibble.core.tensor.Codec;
import dev.nibble.core.tensor.DType;
import dev.nibble.core.tensor.Float8;
import dev.nibble.core.tensor.Importance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Plain number formats, little-endian, as codecs with blocks of one.
 *
 * <p>
 * Encoding rounds to the nearest number of the format, the even one of two; integers saturate, and NaN becomes 0 in them. Decoding to float
 * rounds what has more than 24 significant bits. Both may change the bits of a NaN: to keep numbers unchanged, copy their bytes.
 */
public enum Plain implements Codec {
    F64(DType.F64, 28, 0x1p-24, "64-bit floats") {
        @Override
        float read(MemorySegment source, long offset) {
            return (float) source.get(DOUBLE, offset);
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(DOUBLE, offset, number);
        }
    },
    F32(DType.F32, 0, 0, "32-bit floats, unchanged") {
        @Override
        float read(MemorySegment source, long offset) {
            return source.get(FLOAT, offset);
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(FLOAT, offset, number);
        }

        @Override
        public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
            MemorySegment.copy(source, FLOAT, offset, target, from, count);
        }

        @Override
        public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
            MemorySegment.copy(numbers, from, target, FLOAT, offset, count);
        }
    },
    F16(DType.F16, 1, 0x1p-11, "16-bit floats, to 65504") {
        @Override
        float read(MemorySegment source, long offset) {
            return Float.float16ToFloat(source.get(SHORT, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(SHORT, offset, Float.floatToFloat16(number));
        }

        @Override
        public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
            short[] bits = shorts(source, offset, count);
            for (int i = 0; i < count; i++) {
                target[from + i] = Float.float16ToFloat(bits[i]);
            }
        }
    },
    BF16(DType.BF16, 30, 0x1p-8, "16-bit floats with the range of 32 bits: what most models are published in") {
        @Override
        float read(MemorySegment source, long offset) {
            return BFloat16.toFloat(source.get(SHORT, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(SHORT, offset, BFloat16.fromFloat(number));
        }

        @Override
        public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
            short[] bits = shorts(source, offset, count);
            for (int i = 0; i < count; i++) {
                target[from + i] = BFloat16.toFloat(bits[i]);
            }
        }
    },
    F8_E4M3(DType.F8_E4M3, 0x1p-4, "8-bit floats, to 448; scaled by what is stored beside them") {
        @Override
        float read(MemorySegment source, long offset) {
            return Float8.fromE4m3(source.get(JAVA_BYTE, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(JAVA_BYTE, offset, Float8.toE4m3(number));
        }
    },
    F8_E5M2(DType.F8_E5M2, 0x1p-3, "8-bit floats, to 57344") {
        @Override
        float read(MemorySegment source, long offset) {
            return Float8.fromE5m2(source.get(JAVA_BYTE, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(JAVA_BYTE, offset, Float8.toE5m2(number));
        }
    },
    F8_E8M0(DType.F8_E8M0, 1, "powers of two: the scales of MX formats") {
        @Override
        float read(MemorySegment source, long offset) {
            return Float8.fromE8m0(source.get(JAVA_BYTE, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(JAVA_BYTE, offset, Float8.toE8m0(number));
        }
    },
    I64(DType.I64, 27, 1, "64-bit integers") {
        @Override
        float read(MemorySegment source, long offset) {
            return source.get(LONG, offset);
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(LONG, offset, (long) Math.rint(number));
        }
    },
    I32(DType.I32, 26, 1, "32-bit integers") {
        @Override
        float read(MemorySegment source, long offset) {
            return source.get(INT, offset);
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(INT, offset, (int) Math.rint(number));
        }
    },
    I16(DType.I16, 25, 1, "16-bit integers") {
        @Override
        float read(MemorySegment source, long offset) {
            return source.get(SHORT, offset);
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(SHORT, offset, (short) integer(number, Short.MIN_VALUE, Short.MAX_VALUE));
        }
    },
    I8(DType.I8, 24, 1, "8-bit integers") {
        @Override
        float read(MemorySegment source, long offset) {
            return source.get(JAVA_BYTE, offset);
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(JAVA_BYTE, offset, (byte) integer(number, Byte.MIN_VALUE, Byte.MAX_VALUE));
        }
    },
    U64(DType.U64, 1, "64-bit integers without sign") {
        @Override
        float read(MemorySegment source, long offset) {
            long bits = source.get(LONG, offset);
            return bits >= 0 ? bits : 2f * (bits >>> 1 | (bits & 1)); // the lowest bit stays, for rounding
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            double whole = Math.rint(Math.max(number, 0));
            long bits = whole < 0x1p63 ? (long) whole : (long) (whole / 2) << 1; // exact: floats from 2^63 on are even
            target.set(LONG, offset, whole >= 0x1p64 ? -1 : bits);
        }
    },
    U32(DType.U32, 1, "32-bit integers without sign") {
        @Override
        float read(MemorySegment source, long offset) {
            return Integer.toUnsignedLong(source.get(INT, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(INT, offset, (int) integer(number, 0, 0xFFFFFFFFL));
        }
    },
    U16(DType.U16, 1, "16-bit integers without sign") {
        @Override
        float read(MemorySegment source, long offset) {
            return Short.toUnsignedInt(source.get(SHORT, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(SHORT, offset, (short) integer(number, 0, 0xFFFF));
        }
    },
    U8(DType.U8, 1, "8-bit integers without sign") {
        @Override
        float read(MemorySegment source, long offset) {
            return Byte.toUnsignedInt(source.get(JAVA_BYTE, offset));
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(JAVA_BYTE, offset, (byte) integer(number, 0, 0xFF));
        }
    },
    BOOL(DType.BOOL, 1, "a byte that is 0 or not") {
        @Override
        float read(MemorySegment source, long offset) {
            return source.get(JAVA_BYTE, offset) == 0 ? 0 : 1;
        }

        @Override
        void write(float number, MemorySegment target, long offset) {
            target.set(JAVA_BYTE, offset, (byte) integer(number, 0, 1));
        }
    };

    private final DType dtype;
    private final OptionalInt ggufType;
    private final double roundingError;
    private final String purpose;

    Plain(DType dtype, double roundingError, String purpose) {
        this(dtype, OptionalInt.empty(), roundingError, purpose);
    }

    Plain(DType dtype, int ggufType, double roundingError, String purpose) {
        this(dtype, OptionalInt.of(ggufType), roundingError, purpose);
    }

    Plain(DType dtype, OptionalInt ggufType, double roundingError, String purpose) {
        this.dtype = dtype;
        this.ggufType = ggufType;
        this.roundingError = roundingError;
        this.purpose = purpose;
    }

    /** The codec of a number format; empty for formats that share bytes or occur only inside blocks. */
    public static Optional<Plain> of(DType dtype) {
        return Arrays.stream(values()).filter(codec -> codec.dtype == dtype).findFirst();
    }

    public DType dtype() {
        return dtype;
    }

    abstract float read(MemorySegment source, long offset);

    abstract void write(float number, MemorySegment target, long offset);

    @Override
    public String purpose() {
        return purpose;
    }

    @Override
    public int blockSize() {
        return 1;
    }

    @Override
    public int blockBytes() {
        return dtype.bits() / 8;
    }

    @Override
    public double roundingError() {
        return roundingError; // 1 for the integers: they round to zero, and saturate
    }

    @Override
    public OptionalInt ggufType() {
        return ggufType;
    }

    @Override
    public void decode(MemorySegment source, long offset, float[] target, int from, int count) {
        for (int i = 0; i < count; i++) {
            target[from + i] = read(source, offset + (long) i * blockBytes());
        }
    }

    @Override
    public void encode(float[] numbers, int from, int count, Importance importance, MemorySegment target, long offset) {
        for (int i = 0; i < count; i++) {
            write(numbers[from + i], target, offset + (long) i * blockBytes());
        }
    }

    @Override
    public Block fit(float[] numbers, int from, Importance importance) {
        return new One(this, numbers[from]);
    }

    private static short[] shorts(MemorySegment source, long offset, int count) {
        short[] bits = new short[count];
        MemorySegment.copy(source, SHORT, offset, bits, 0, count);
        return bits;
    }

    private static long integer(float number, long smallest, long largest) {
        return Math.clamp((long) Math.rint(number), smallest, largest);
    }

    private static final class One implements Block {
        private final Plain codec;
        private float number;

        One(Plain codec, float number) {
            this.codec = codec;
            this.number = number;
        }

        @Override
        public void choose(int i, float[] numbers, int from) {
            number = numbers[from];
        }

        @Override
        public float value(int i) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[codec.blockBytes()]);
            codec.write(number, bytes, 0);
            return codec.read(bytes, 0);
        }

        @Override
        public void write(MemorySegment target, long offset) {
            codec.write(number, target, offset);
        }
    }
}
