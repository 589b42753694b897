import { useState } from 'react';
import classes from './whatsapp.module.css';

/** How many pixels of the picture one square of the code is: the drawing library's default. */
const pixelsPerSquare = 4;

/** The code, sharp: each of its squares is a whole number of pixels. `size`: about how wide, in CSS px. */
export function CodePicture(props: {
  readonly dataUrl: string;
  readonly size: number;
  readonly alt: string;
}) {
  const [squares, setSquares] = useState<number>();
  const width = squares === undefined ? props.size : Math.ceil(props.size / squares) * squares;
  return (
    <img
      className={classes['code']}
      src={props.dataUrl}
      alt={props.alt}
      width={width}
      height={width}
      onLoad={(event) => setSquares(event.currentTarget.naturalWidth / pixelsPerSquare)}
    />
  );
}
