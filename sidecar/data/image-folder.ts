/**
 * Which images a folder holds: each folder inside it is a class, each PNG or JPEG file inside that an example. Links
 * are followed, also out of the folder, since data sets are often made of links into one store; that is no more than
 * a path in the network file may do. Hidden files and files that are no images are ignored. Blocks: for a thread of
 * its own.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { DataError } from './error.ts';
import { unreadable } from './files.ts';
import { listed } from './wording.ts';

export interface ImageFile {
  /** As written in the network file, then class and name. */
  readonly place: string;
  readonly absolute: string;
}

export interface ImageFolder {
  /** Names of the folders in the order of their code units, as torchvision's ImageFolder sorts them. */
  readonly classes: readonly string[];
  /** By class, then by name. */
  readonly files: readonly ImageFile[];
  /** Class of each file. */
  readonly labels: Int32Array;
}

const maximumClasses = 1000;
const readable = ['.png', '.jpg', '.jpeg'];
/** Kinds that a person means as examples: ignoring them would train on less than was given. */
const unreadableKinds = [
  '.avif',
  '.bmp',
  '.gif',
  '.heic',
  '.jp2',
  '.jxl',
  '.tif',
  '.tiff',
  '.webp',
];

export function listImages(absolute: string, place: string): ImageFolder {
  const classes = visible(absolute, place)
    .filter((entry) => isFolder(entry, absolute, place))
    .map(({ name }) => name);
  checkClasses(classes, absolute, place);
  const files = classes.map((name) => imagesOfClass(join(absolute, name), `${place}/${name}`));
  const labels = Int32Array.from(files.flatMap((each, label) => each.map(() => label)));
  return { classes, files: files.flat(), labels };
}

function checkClasses(classes: readonly string[], absolute: string, place: string): void {
  const expected = 'at least two folders, one a class';
  if (classes.length > maximumClasses) {
    const remedy = 'name the folder that holds one folder a class';
    const found = `${classes.length} folders`;
    throw new DataError({ place, expected: `at most ${maximumClasses} classes`, found, remedy });
  }
  if (classes.length === 1) {
    const remedy = 'add a folder with images of another class';
    throw new DataError({ place, expected, found: `one, ${listed(classes)}`, remedy });
  }
  if (classes.length === 0) {
    const files = visible(absolute, place).length;
    const found = files === 0 ? 'an empty folder' : 'files but no folders';
    const remedy = 'put the images of each class into a folder with its name';
    throw new DataError({ place, expected, found, remedy });
  }
}

function imagesOfClass(absolute: string, place: string): ImageFile[] {
  const entries = visible(absolute, place);
  const images = entries.filter((entry) => {
    if (isFolder(entry, absolute, place)) {
      const remedy = 'name the folder that holds one folder a class, or move the files up';
      const found = `a folder ${JSON.stringify(entry.name)}`;
      throw new DataError({ place, expected: 'PNG and JPEG files', found, remedy });
    }
    const kind = extname(entry.name).toLowerCase();
    if (unreadableKinds.includes(kind)) {
      const remedy = 'convert it to PNG';
      const expected = 'a PNG or JPEG file';
      throw new DataError({ place: `${place}/${entry.name}`, expected, found: kind, remedy });
    }
    return readable.includes(kind);
  });
  if (images.length === 0) {
    const found = entries.length === 0 ? 'an empty folder' : listed(entries.map((e) => e.name));
    const remedy = 'add images, or remove the folder';
    throw new DataError({
      place,
      expected: 'PNG or JPEG files (.png, .jpg, .jpeg)',
      found,
      remedy,
    });
  }
  return images.map(({ name }) => ({ place: `${place}/${name}`, absolute: join(absolute, name) }));
}

function visible(absolute: string, place: string): Dirent[] {
  try {
    const entries = readdirSync(absolute, { withFileTypes: true });
    return entries
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw unreadable(place, cause);
  }
}

function isFolder(entry: Dirent, folder: string, place: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(join(folder, entry.name)).isDirectory();
  } catch (cause) {
    throw unreadable(`${place}/${entry.name}`, cause);
  }
}
