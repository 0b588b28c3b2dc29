package dev.nibble.core.backend.x86.matmul;

import dev.nibble.core.x86.assembler.Assembler;
import dev.nibble.core.x86.assembler.Condition;
import dev.nibble.core.x86.assembler.Gpr;
import dev.nibble.core.x86.assembler.Label;
import dev.nibble.core.x86.assembler.Mem;
import dev.nibble.core.x86.assembler.Tile;

/**
 * Sixteen or thirty-two rows of weights times any number of tokens, 32 tokens at a time, in {@link AmxTiles}. Intel 64 and IA-32
 * Architectures Software Developer's Manual, volume 1, chapter 18.
 *
 * <pre>
 *   RDI  tiles of weights                 RCX  tiles in a row
 *   RSI  tiles of activations             R8   bytes from a token's sums to the next one's
 *   RDX  sums: a line per panel      R9   tokens / 16
 * </pre>
 *
 * @param panels panels of sixteen rows: 1, or 2 consecutive ones
 */
record AmxKernel(int panels) {
    private static final int AHEAD = 2 * AmxTiles.BYTES;
    private static final int BYTES_SHIFT = 10;

    void write(Assembler code) {
        code.tileShapes(code.constant(shapes()));
        code.mov(Gpr.RBX, Gpr.RCX);
        code.shl(Gpr.RBX, BYTES_SHIFT); // size of a row of tiles
        code.mov(Gpr.R14, AmxTiles.LINE);
        Label pairs = code.here();
        Label last = code.label();
        Label end = code.label();
        code.cmp(Gpr.R9, 2);
        code.jump(Condition.BELOW, last);
        tokens(code, 2);
        code.lea(Gpr.RSI, Mem.at(Gpr.RSI, Gpr.RBX, 2, 0));
        code.mov(Gpr.R10, Gpr.R8);
        code.shl(Gpr.R10, 5);
        code.add(Gpr.RDX, Gpr.R10);
        code.sub(Gpr.R9, 2);
        code.jmp(pairs);
        code.bind(last);
        code.cmp(Gpr.R9, 1);
        code.jump(Condition.BELOW, end);
        tokens(code, 1);
        code.bind(end);
        code.tileRelease();
    }

    /** Palette 1; all eight tiles are 16 lines of 64 bytes. */
    private static byte[] shapes() {
        byte[] shapes = new byte[64];
        shapes[0] = 1;
        for (int tile = 0; tile < 8; tile++) {
            shapes[16 + 2 * tile] = AmxTiles.LINE;
            shapes[48 + tile] = AmxTiles.ROWS;
        }
        return shapes;
    }

    private static Tile sums(int tile, int panel) {
        return new Tile(2 * tile + panel);
    }

    private static Tile activations(int tile) {
        return new Tile(4 + tile);
    }

    private static Tile weights(int panel) {
        return new Tile(6 + panel);
    }

    /** Multiplies one or two tiles of tokens; loads and products alternate to hide latency. */
    private void tokens(Assembler code, int tiles) {
        for (int tile = 0; tile < tiles; tile++) {
            for (int panel = 0; panel < panels; panel++) {
                code.tileZero(sums(tile, panel));
            }
        }
        code.mov(Gpr.R10, Gpr.RSI);
        code.lea(Gpr.R11, Mem.at(Gpr.RSI, Gpr.RBX, 1, 0));
        code.mov(Gpr.RAX, Gpr.RDI);
        code.lea(Gpr.R12, Mem.at(Gpr.RDI, Gpr.RBX, 1, 0));
        code.mov(Gpr.R13, Gpr.RCX);
        code.align(32);
        Label loop = code.here();
        for (int tile = 0; tile < tiles; tile++) {
            Gpr from = tile == 0 ? Gpr.R10 : Gpr.R11;
            code.tileLoad(activations(tile), Mem.at(from, Gpr.R14, 1, 0));
            for (int line = 0; line < AmxTiles.ROWS; line++) {
                code.prefetch(Mem.at(from, AHEAD + line * AmxTiles.LINE));
            }
            for (int panel = 0; panel < panels; panel++) {
                if (tile == 0) {
                    code.tileLoad(weights(panel), Mem.at(panel == 0 ? Gpr.RAX : Gpr.R12, Gpr.R14, 1, 0));
                }
                code.tileDot(sums(tile, panel), activations(tile), weights(panel));
            }
        }
        for (Gpr address : new Gpr[]{Gpr.R10, Gpr.R11, Gpr.RAX, Gpr.R12}) {
            code.add(address, AmxTiles.BYTES);
        }
        code.sub(Gpr.R13, 1);
        code.jump(Condition.NOT_EQUAL, loop);
        store(code, tiles);
    }

    private void store(Assembler code, int tiles) {
        code.mov(Gpr.R10, Gpr.R8);
        code.shl(Gpr.R10, 4);
        code.add(Gpr.R10, Gpr.RDX);
        for (int tile = 0; tile < tiles; tile++) {
            for (int panel = 0; panel < panels; panel++) {
                code.tileStore(Mem.at(tile == 0 ? Gpr.RDX : Gpr.R10, Gpr.R8, 1, panel * AmxTiles.LINE), sums(tile, panel));
            }
        }
    }
}
