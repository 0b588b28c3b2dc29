package dev.nibble.core.quantization;

import dev.nibble.core.codec.AdditiveCodes;
import dev.nibble.core.codec.ScaleFormat;
import dev.nibble.core.kernel.Matrix;
import dev.nibble.core.kernel.Workers;
import dev.nibble.core.linalg.KMeans;

/**
 * Codes, codebooks and scales of one weight while {@link Aqlm} learns them. Minimizes {@code Σ e · H · eᵀ} over the rows, where e is the
 * error of a row; {@code e · H} is cached for every row while its codes are searched. Rows are independent there, and sums over rows are
 * taken in order, so results do not depend on threads.
 */
final class AdditiveFit {
    private static final int DIMENSION = AdditiveCodes.DIMENSION;
    private static final double DAMPING = 0.01;
    private static final int CLUSTER_ROUNDS = 20;
    private static final int POINTS_PER_CLUSTER = 256;

    private final Matrix weight;
    private final AdditiveCodes shape;
    private final float[] hessian;
    private final int rows;
    private final int columns;
    private final int beam;
    private final Workers workers;
    private final float[] scales;
    private final int[][] codes; // per row: by group, then codebook
    private float[] vectors;

    AdditiveFit(Matrix weight, AdditiveCodes shape, Hessian inputs, int beam, Workers workers) {
        this.weight = weight;
        this.shape = shape;
        this.rows = weight.rows();
        this.columns = weight.columns();
        this.beam = beam;
        this.workers = workers;
        this.scales = new float[rows];
        this.codes = new int[rows][columns / DIMENSION * shape.books()];
        this.vectors = shape.floats();
        this.hessian = damped(inputs);
    }

    private float[] damped(Hessian inputs) {
        inputs.requireOneArray("aqlm");
        double trace = 0;
        for (double square : inputs.diagonal()) {
            trace += square;
        }
        double mean = trace > 0 ? trace / columns : 1;
        float[] matrix = new float[columns * columns];
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns; j++) {
                matrix[i * columns + j] = (float) (inputs.sum(i, j) / mean + (i == j ? DAMPING : 0));
            }
        }
        return matrix;
    }

    /** Scales are root mean squares, codebooks cluster the residuals of the previous ones. */
    void start(long seed) {
        float[] rest = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            double squares = 0;
            for (int i = 0; i < columns; i++) {
                squares += Math.pow(weight.data()[weight.at(row) + i], 2);
            }
            scales[row] = ScaleFormat.F16.rounded((float) Math.sqrt(squares / columns));
            for (int i = 0; i < columns; i++) {
                rest[row * columns + i] = scales[row] == 0 ? 0 : weight.data()[weight.at(row) + i] / scales[row];
            }
        }
        int size = 1 << shape.bits();
        for (int book = 0; book < shape.books(); book++) {
            float[] centers = KMeans.of(sample(rest, size), DIMENSION, new float[0], size, CLUSTER_ROUNDS, seed + book).centers();
            System.arraycopy(centers, 0, vectors, book * size * DIMENSION, centers.length);
            subtractNearest(rest, book);
        }
    }

    /** Every n-th point, so that clustering does not dominate the time. */
    private static float[] sample(float[] points, int clusters) {
        int count = points.length / DIMENSION;
        int every = Math.max(1, count / Math.max(1, clusters * POINTS_PER_CLUSTER));
        float[] sample = new float[Math.ceilDiv(count, every) * DIMENSION];
        for (int i = 0; i < sample.length / DIMENSION; i++) {
            System.arraycopy(points, i * every * DIMENSION, sample, i * DIMENSION, DIMENSION);
        }
        return sample;
    }

    /** Subtracts from every point its nearest vector of a codebook. */
    private void subtractNearest(float[] rest, int book) {
        int size = 1 << shape.bits();
        workers.run(rows, 1, (from, to) -> {
            VectorScores scores = new VectorScores(vectors, book, size);
            for (int at = from * columns; at < to * columns; at += DIMENSION) {
                int nearest = scores.nearest(rest, at);
                codes[at / columns][at % columns / DIMENSION * shape.books() + book] = nearest;
                for (int d = 0; d < DIMENSION; d++) {
                    rest[at + d] -= vectors[(book * size + nearest) * DIMENSION + d];
                }
            }
        });
    }

    /** Searches the codes of all groups again, row by row. */
    void searchCodes() {
        CodeSearch.Tables tables = CodeSearch.tables(vectors, shape, hessian, columns, workers);
        workers.run(rows, 1, (from, to) -> {
            CodeSearch search = new CodeSearch(tables, hessian, columns, beam);
            for (int row = from; row < to; row++) {
                if (scales[row] != 0) {
                    search.row(error(row, vectors, true), codes[row], scales[row]);
                }
            }
        });
    }

    /** {@code w − ŵ}, or {@code ŵ} for other vectors. */
    private float[] error(int row, float[] from, boolean ofWeight) {
        float[] numbers = new float[columns];
        int size = 1 << shape.bits();
        float scale = ofWeight ? -scales[row] : scales[row];
        for (int i = 0; i < codes[row].length; i++) {
            int group = i / shape.books() * DIMENSION;
            int vector = (i % shape.books() * size + codes[row][i]) * DIMENSION;
            for (int d = 0; d < DIMENSION; d++) {
                numbers[group + d] += scale * from[vector + d];
            }
        }
        for (int i = 0; ofWeight && i < columns; i++) {
            numbers[i] += weight.data()[weight.at(row) + i];
        }
        return numbers;
    }

    private float[] timesHessian(float[] numbers) {
        float[] product = new float[columns];
        for (int i = 0; i < columns; i++) {
            float factor = numbers[i];
            int at = i * columns;
            for (int j = 0; j < columns; j++) {
                product[j] += factor * hessian[at + j];
            }
        }
        return product;
    }

    /** Gradient of the loss with respect to each vector: the scaled sum of {@code values · H} over all uses of the vector. */
    private double[] gradient(float[] from, boolean ofWeight) {
        float[][] products = new float[rows][];
        workers.run(rows, 1, (first, end) -> {
            for (int row = first; row < end; row++) {
                products[row] = timesHessian(error(row, from, ofWeight));
            }
        });
        double[] sums = new double[vectors.length];
        int size = 1 << shape.bits();
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < codes[row].length; i++) {
                int group = i / shape.books() * DIMENSION;
                int vector = (i % shape.books() * size + codes[row][i]) * DIMENSION;
                for (int d = 0; d < DIMENSION; d++) {
                    sums[vector + d] += (double) scales[row] * products[row][group + d];
                }
            }
        }
        return sums;
    }

    /** Least squares for the codebooks, by conjugate gradients. */
    void fitVectors(int steps) {
        double[] residual = gradient(vectors, true);
        double[] direction = residual.clone();
        double square = dot(residual, residual);
        for (int step = 0; step < steps && square > 0; step++) {
            double[] curved = gradient(floats(direction), false);
            double curvature = dot(direction, curved);
            if (!(curvature > 0)) {
                return;
            }
            double length = square / curvature;
            for (int i = 0; i < vectors.length; i++) {
                vectors[i] += (float) (length * direction[i]);
                residual[i] -= length * curved[i];
            }
            double next = dot(residual, residual);
            for (int i = 0; i < direction.length; i++) {
                direction[i] = residual[i] + next / square * direction[i];
            }
            square = next;
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static float[] floats(double[] numbers) {
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return floats;
    }

    /** The least-squares scale of every row for its current sums. */
    void solveScales() {
        workers.run(rows, 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                if (scales[row] == 0) {
                    continue;
                }
                float[] sums = error(row, vectors, false);
                float[] product = timesHessian(sums);
                double own = 0;
                double both = 0;
                for (int i = 0; i < columns; i++) {
                    own += (double) product[i] * sums[i];
                    both += (double) product[i] * weight.data()[weight.at(row) + i];
                }
                float better = ScaleFormat.F16.rounded((float) (scales[row] * both / own));
                scales[row] = own > 0 && Float.isFinite(better) && better != 0 ? better : scales[row];
            }
        });
    }

    /** Rounds the vectors to storable values and returns their codec. */
    AdditiveCodes roundVectors() {
        AdditiveCodes learned = shape.with(vectors);
        vectors = learned.floats();
        return learned;
    }

    void write(Target output) {
        for (int row = 0; row < rows; row++) {
            ((AdditiveCodes) output.codec()).write(output.data(), output.offset(row), scales[row], codes[row], 0);
        }
    }
}
